import { describe, expect, it } from 'vitest';
import type { ClientFrame, Frame, ServerFrame } from '../../protocol/frames.ts';
import { longerThanAnyWait, tells, told } from './client-stage.ts';
import { ScriptedStage } from './scripted-stage.ts';

const stage = ScriptedStage.use();

type Status = Frame<'watching'>['statuses'][number];

const online = (userID: string, version = 1): Status => [userID, 'online', ['web'], '', version];

function watching(seq: number, fields: Partial<Frame<'watching'>>): ServerFrame {
  return {
    name: 'watching',
    seq,
    statuses: [],
    refused: [],
    dropped: [],
    retryAfterMs: 0,
    isLast: true,
    ...fields,
  };
}

function failed(seq: number, code: number, retryAfterMs = 0): ServerFrame {
  return { name: 'failed', seq, code, message: 'as the script says', retryAfterMs };
}

/** Those whom the requests to watch named, a list for each. */
function asked(): (readonly string[])[] {
  const requests = stage.gateway.requests.filter(
    (frame): frame is Frame<'watch'> & ClientFrame => frame.name === 'watch',
  );
  return requests.map(({ userIds }) => userIds);
}

/** Admits; ends the first link when the application asks it to. */
function leaveOnce(): () => void {
  let leave = (): void => undefined;
  stage.gateway.script = (visit) => {
    visit.admit();
    if (visit.number === 1) leave = () => visit.close(1011);
  };
  return () => leave();
}

describe('watches that are restored', () => {
  it('[PRESENCE-6, PRESENCE-9] are asked for again where one part of a long answer says later', async () => {
    const leave = leaveOnce();
    stage.gateway.answer = (frame) => {
      if (frame.name !== 'watch') return [];
      const { seq } = frame;
      if (asked().length !== 2)
        return [watching(seq, { statuses: [online('bob', asked().length)] })];
      return [
        watching(seq, { refused: [['bob', 70169]], retryAfterMs: 100, isLast: false }),
        watching(seq, { refused: [['carol', 6011]] }),
      ];
    };
    const client = await stage.member();
    await client.call('watch', ['bob', 'carol']);
    leave();
    await tells(client, 'statusChanged');
    expect(asked()).toEqual([['bob', 'carol'], ['bob', 'carol'], ['bob']]);
  });

  it('[PRESENCE-7] hold back no custom status where nobody may see anybody', async () => {
    const leave = leaveOnce();
    stage.gateway.answer = (frame) => {
      if (frame.name === 'setStatus') return [{ name: 'statusSet', seq: frame.seq }];
      return [failed(frame.seq, 72001)];
    };
    const client = await stage.member();
    await client.call('setStatus', 'tea');
    leave();
    await tells(client, 'connected', 2);
    const set = () => stage.gateway.requests.filter(({ name }) => name === 'setStatus').length;
    await expect.poll(set).toBe(2);
    await longerThanAnyWait();
    expect(told(client, 'error')).toEqual([]);
  });
});

describe('two watches of one user', () => {
  it('of which the first fails leave the second in force', async () => {
    stage.gateway.answer = ({ name, seq }) => {
      const push = { name: 'statusChanged', seq: 0, sdkAppId: 1 } as const;
      if (name === 'setStatus')
        return [
          { ...push, statuses: [online('bob', 2)] },
          { name: 'statusSet', seq },
        ];
      if (asked().length === 1) return [failed(seq, 7008, 100)];
      return [watching(seq, { statuses: [online('bob', 1)] })];
    };
    const client = await stage.member();
    const [first, second] = await Promise.allSettled([
      client.call('watch', ['bob']),
      client.call('watch', ['bob']),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
    await client.call('setStatus', 'tea');
    expect(await tells(client, 'statusChanged')).toMatchObject({ statuses: [{ version: 2 }] });
  });
});
