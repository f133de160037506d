import { describe, expect, it } from 'vitest';
import type { LoginOptions } from '../../client/login-options.ts';
import { longerThanAnyWait, told } from './client-stage.ts';
import { ScriptedStage } from './scripted-stage.ts';

const stage = ScriptedStage.use();

describe('what a program without types hands over', () => {
  it.each([
    ['a ticket that is no text', { userID: 'alice', userSig: { text: 'x' } }],
    ['a getTicket that is no function', { userID: 'alice', getTicket: 'ticket' }],
    ['neither', { userID: 'alice' }],
    ['nothing', undefined],
  ])('is refused at once with 6017 or 7003: %s', async (_, options) => {
    const client = await stage.place();
    const login = client.call('login', options as unknown as LoginOptions);
    await expect(login).rejects.toMatchObject({ code: options === undefined ? 7003 : 6017 });
    expect(told(client, 'connecting')).toEqual([]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no back end');
      },
    ],
    ['gives no text', () => Promise.resolve({ ticket: 'x' })],
    ['gives nothing', () => undefined],
  ])('as a getTicket that %s ends the login with 6226', async (_, makeTicket) => {
    const client = await stage.place({
      makeTicket: makeTicket as unknown as () => Promise<string>,
    });
    const login = client.call('login', { userID: 'alice' });
    await expect(login).rejects.toMatchObject({ code: 6226, name: 'noTicket' });
    expect(stage.gateway.visits).toEqual([]);
  });

  it('for a call is refused with 6017, and the link lives', async () => {
    const client = await stage.member();
    const names = 'bob' as unknown as string[];
    const status = { text: 'tea' } as unknown as string;
    for (const call of [
      client.call('watch', names),
      client.call('unwatch', names),
      client.call('query', names),
      client.call('setStatus', status),
      client.call('renew', status),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 6017, retryable: false });
    }
    await longerThanAnyWait();
    expect(told(client, 'disconnected')).toEqual([]);
  });
});
