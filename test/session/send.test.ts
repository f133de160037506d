import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PushCounters } from '../../gateway/push/counters.ts';
import { SendGate } from '../../gateway/push/send-gate.ts';
import type { Frame } from '../../protocol/frames.ts';
import { settled, TestRoom, type Peer } from './room.ts';

const to = (userId: string, body = 'hi'): Omit<Frame<'send'>, 'seq'> => ({
  name: 'send',
  userId,
  topic: 'signal',
  body,
});
const code = (peer: Peer, seq: number): unknown => {
  const reply = peer.reply(seq);
  return reply?.name === 'failed' ? reply.code : reply?.name;
};

/** A gate whose back end answers this, or waits for the test to answer. */
async function gate(answer: () => unknown): Promise<{
  sendGate: SendGate;
  asked: unknown[];
  counters: PushCounters;
}> {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      asked.push({ ...(JSON.parse(text) as object), key: request.headers.authorization });
      void Promise.resolve(answer()).then((reply) => {
        response.writeHead(reply === undefined ? 503 : 200).end(JSON.stringify(reply));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const settings = { url, secret: 'a-secret-of-16-characters', timeoutMs: 2000, concurrency: 4 };
  const counters = new PushCounters();
  return { sendGate: new SendGate(settings, counters, () => undefined), asked, counters };
}

describe('a message of a user to another', () => {
  it('[PUSH-8] comes as a push with its sender, and says to how many sessions it went', async () => {
    const room = new TestRoom({ userMessages: 'allow' });
    const bob = await room.loggedIn('bob');
    const alice = await room.loggedIn('alice');
    const phone = await room.loggedIn('alice', { instanceId: 'phone', platform: 'ios' });
    const seq = bob.says(to('alice'));
    await settled();
    const [push] = alice.got('push');
    expect(push).toMatchObject({ sender: 'bob', topic: 'signal', body: 'hi', toEverybody: false });
    expect(phone.got('push')).toEqual([push]);
    expect(bob.reply(seq)).toEqual({ name: 'sent', seq, number: push?.number, sessions: 2 });
    const none = bob.says(to('nobody'));
    await settled();
    expect(bob.reply(none)).toMatchObject({ name: 'sent', sessions: 0 });
    expect(room.room.pushes.userMessages).toBe(2);
  });

  it('[PUSH-8] is refused where the operator has not allowed it', async () => {
    const room = new TestRoom();
    const [bob, alice] = [await room.loggedIn('bob'), await room.loggedIn('alice')];
    const seq = bob.says(to('alice'));
    await settled();
    expect(code(bob, seq)).toBe(7013);
    expect(alice.got('push')).toEqual([]);
  });

  it('[PUSH-8] needs a login and a ticket that holds', async () => {
    const room = new TestRoom({ userMessages: 'allow' });
    const stranger = room.connect();
    expect(code(stranger, stranger.says(to('alice')))).toBe(6014);
    const bob = await room.loggedIn('bob', { userSig: room.ticket('bob', 60) });
    await room.wait(65_000);
    expect(code(bob, bob.says(to('alice')))).toBe(6206);
  });

  it('[PUSH-8] that is too long as JSON is refused', async () => {
    const room = new TestRoom({ userMessages: 'allow' });
    const bob = await room.loggedIn('bob');
    const [long, fits] = [
      bob.says(to('bob', '"'.repeat(8000))),
      bob.says(to('bob', '"'.repeat(7000))),
    ];
    await settled();
    expect(code(bob, long)).toBe(6017);
    expect(code(bob, fits)).toBe('sent');
  });

  it('[PUSH-9] may be sent so often and no more, and again after the delay', async () => {
    const room = new TestRoom({ userMessages: 'allow', settings: { maxSends: 5 } });
    const bob = await room.loggedIn('bob');
    const seqs = Array.from({ length: 6 }, () => bob.says(to('bob')));
    await settled();
    expect(seqs.map((seq) => code(bob, seq))).toEqual([...Array(5).fill('sent'), 7008]);
    const refused = bob.reply(seqs[5] as number) as Frame<'failed'>;
    expect(refused.retryAfterMs).toBe(1000);
    await room.wait(refused.retryAfterMs);
    const again = bob.says(to('bob'));
    await settled();
    expect(code(bob, again)).toBe('sent');
  });

  it('[PUSH-10] is sent when the back end lets it through, which is told all of it', async () => {
    const { sendGate, asked, counters } = await gate(() => ({ allow: true }));
    const room = new TestRoom({ userMessages: 'callback', sendGate });
    const bob = await room.loggedIn('bob');
    const seq = bob.says(to('bob', 'ünder'));
    await expect.poll(() => code(bob, seq)).toBe('sent');
    expect(asked).toEqual([
      {
        sdkAppId: 1_400_000_000,
        sender: 'bob',
        userId: 'bob',
        topic: 'signal',
        body: 'ünder',
        key: 'Bearer a-secret-of-16-characters',
      },
    ]);
    expect(counters).toMatchObject({ callbacks: 1, callbackFailures: 0 });
  });

  it.each([
    [20_006, { allow: false }],
    [80_003, undefined],
    [80_003, {}],
    [80_003, { allow: 'yes' }],
    [80_003, null],
  ])('[PUSH-10] gets %i and is not sent where the back end says %o', async (expected, answer) => {
    const { sendGate, counters } = await gate(() => answer);
    const room = new TestRoom({ userMessages: 'callback', sendGate });
    const bob = await room.loggedIn('bob');
    const seq = bob.says(to('bob'));
    await expect.poll(() => code(bob, seq)).toBe(expected);
    expect(bob.got('push')).toEqual([]);
    expect(counters.callbackFailures).toBe(expected === 80_003 ? 1 : 0);
    expect(room.room.pushes.userMessages).toBe(0);
  });

  it('[PUSH-10] is not sent for who has logged out while the back end was asked', async () => {
    let allow = (): void => undefined;
    const waits = new Promise((resolve) => (allow = () => resolve({ allow: true })));
    const { sendGate, asked } = await gate(() => waits);
    const room = new TestRoom({ userMessages: 'callback', sendGate });
    const [bob, alice] = [await room.loggedIn('bob'), await room.loggedIn('alice')];
    const seq = bob.says(to('alice'));
    await expect.poll(() => asked).toHaveLength(1);
    bob.says({ name: 'logout' });
    allow();
    await expect.poll(() => code(bob, seq)).toBe(6014);
    expect(alice.got('push')).toEqual([]);
  });
});
