import { describe, expect, it } from 'vitest';
import type { Life } from './lives.ts';
import { webhookFaults, type Told } from './webhook-oracle.ts';

type Event = Told[number];

/** Events with versions 1, 2 and so on, each naming the one before: `login phone s1`. */
function toldOf(...texts: readonly string[]): Event[] {
  return texts.map((text, i) => {
    const [Event = '', InstanceId = '', SessionId = ''] = text.split(' ');
    const facts = { Id: `evt_${i + 1}`, Platform: 'ios', Node: 'a', Version: i + 1 };
    return { ...facts, Event, InstanceId, SessionId, PreviousVersion: i };
  });
}

function lifeOf(sessionId: string, wish: Partial<Life> = {}): Life {
  const who = { userId: 'u', instanceId: 'phone', platform: 'ios', automatic: false } as const;
  return { login: 1, ...who, node: 'a', sentNs: 1, ackedNs: 2, sessionId, ...wish };
}

const over = { endedNs: 9 };

describe('what a back end was told of a user', () => {
  it('may be a login, its end and another login', () => {
    const told = toldOf('login phone s1', 'linkClosed phone s1', 'login phone s2');
    expect(webhookFaults('u', told, [lifeOf('s1', over), lifeOf('s2')])).toEqual([]);
  });

  it('may leave out the end of a session whose instance came back', () => {
    const told = toldOf('login phone s1', 'login phone s2', 'customStatus phone s2');
    expect(webhookFaults('u', told, [lifeOf('s1', over), lifeOf('s2')])).toEqual([]);
  });

  it('may have a login that no client was told of, and its end', () => {
    expect(webhookFaults('u', toldOf('login phone s1', 'linkClosed phone s1'), [])).toEqual([]);
  });

  it.each([
    ['a login is missing', [], [lifeOf('s1')], /the login of s1 was told 0 times/],
    [
      'a login was told twice under two ids',
      toldOf('login phone s1', 'login phone s1'),
      [lifeOf('s1')],
      /told 2 times/,
    ],
    [
      'an end is missing',
      toldOf('login phone s1'),
      [lifeOf('s1', over)],
      /online are \[\], told \[s1\]/,
    ],
    [
      'a session ends twice',
      toldOf('login phone s1', 'timedOut phone s1', 'linkClosed phone s1'),
      [lifeOf('s1', over)],
      /linkClosed of s1, which was not online/,
    ],
    [
      'the end of an older session comes behind the newer one',
      toldOf('login phone s1', 'login phone s2', 'linkClosed phone s1'),
      [lifeOf('s1', over), lifeOf('s2')],
      /linkClosed of s1, which was not online/,
    ],
    [
      'two have changed places',
      toldOf('login phone s1', 'linkClosed phone s1').toReversed(),
      [lifeOf('s1', over)],
      /names 1 as before it, not 0/,
    ],
    [
      'one was lost',
      toldOf('login phone s1', 'customStatus phone s1', 'linkClosed phone s1').filter(
        ({ Event }) => Event !== 'customStatus',
      ),
      [lifeOf('s1', over)],
      /linkClosed 3 names 2 as before it, not 1/,
    ],
  ])('is wrong where %s', (_what, told, lives, words) => {
    expect(webhookFaults('u', told, lives).join('\n')).toMatch(words);
  });
});
