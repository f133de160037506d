import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode, type Encoding } from '../../protocol/codec.ts';
import { Deployment, type Member } from '../support/deployment.ts';
import type { Arrival, FrameClient } from '../support/frame-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { frameFrom } from '../protocol/frame-arbitrary.ts';
import { kinds } from '../transport/harness.ts';

const messages = 1500;
const atOnce = 12;
/** How a hostile message may end its connection: no frame, too many bad tickets, too long, or too slow with a login. */
const fairEnds = [4503, 4504, 1006, 4001];

/** A good frame with some of its bytes changed, cut or repeated. */
const mutated = (encoding: Encoding): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      frameFrom('client').map((frame) => Uint8Array.from(Buffer.from(encode(frame, encoding)))),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.option(fc.nat(), { nil: undefined }),
    )
    .map(([bytes, changes, cut]) => {
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return cut === undefined ? bytes : bytes.slice(0, cut % (bytes.length + 1));
    });

const hostile = (encoding: Encoding): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 6, arbitrary: mutated(encoding) },
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 3900, maxLength: 4300, size: 'max' }) },
    {
      weight: 1,
      arbitrary: fc.json().map((text) => Uint8Array.from(Buffer.from(text))),
    },
    // The openings of nested and huge containers, again and again.
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom(0x91, 0xdd, 0xdf, 0xc9, 0x5b, 0x7b),
          fc.integer({ min: 1, max: 4096 }),
        )
        .map(([byte, length]) => new Uint8Array(length).fill(byte)),
    },
  );

describe.each(kinds)('hostile input, on %s', (transport) => {
  let deployment: Deployment;
  let bystander: Member;
  beforeAll(async () => {
    const flags = ['--transport', transport, '--sockets-frame-burst', String(messages)];
    deployment = await Deployment.start({ nodes: 1, flags });
    bystander = await deployment.member(deployment.a, 'bystander');
  });
  afterAll(() => deployment?.stop());

  const expectNobodyHurt = async (): Promise<void> => {
    const renew = { name: 'renew', userSig: deployment.ticket('bystander') } as const;
    expect(await bystander.client.request(renew)).toMatchObject({ name: 'renewed' });
    expect(bystander.client.unread).toEqual([]);
    expect(deployment.a.log.filter(({ level }) => level !== 'info')).toEqual([]);
    const newcomer = await deployment.member(deployment.a, 'newcomer');
    expect(await newcomer.client.request({ name: 'logout' })).toMatchObject({ name: 'loggedOut' });
    newcomer.client.close();
  };

  it.each(['msgpack', 'json'] as const)(
    '[FRAME-6, FRAME-7] in %s is answered or ends its own connection, nothing else',
    async (encoding) => {
      const seed = Math.floor(Math.random() * 0x7fff_ffff);
      const inputs = fc.sample(hostile(encoding), { numRuns: messages, seed });
      const queue = inputs.values();
      const attack = async (): Promise<void> => {
        let client: FrameClient | undefined;
        for (const bytes of queue) {
          if (client?.isOpen !== true) {
            client = await deployment.connect(deployment.a, { encoding });
          }
          const isText = encoding === 'json';
          client.sendRaw(isText ? Buffer.from(bytes).toString('utf8') : bytes);
          const what = `seed ${seed}: ${Buffer.from(bytes).toString('hex')}`;
          expectFair(await client.arrival(), what);
        }
        client?.close();
      };
      await Promise.all(Array.from({ length: atOnce }, attack));
      await expectNobodyHurt();
    },
  );

  it('[FRAME-6] below the frames ends its own connection, nothing else', async () => {
    const seed = Math.floor(Math.random() * 0x7fff_ffff);
    const target = { port: Number(new URL(deployment.a.url).port) };
    const inputs = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 600 }), {
      numRuns: 150,
      seed,
    });
    for (const [i, bytes] of inputs.entries()) {
      const isOpen = i % 2 === 0;
      const client = await (isOpen ? RawClient.open(target) : RawClient.connect(target));
      client.sendBytes(bytes);
      client.socket.end();
      await client.ended;
    }
    await expectNobodyHurt();
  });
});

function expectFair(arrival: Arrival, what: string): void {
  if (arrival.name === 'closed') expect(fairEnds, what).toContain(arrival.code);
  // A ping has no fields: random bytes make one now and then, and it is answered before any login (rule CONN-9).
  else expect(['failed', 'pong'], what).toContain(arrival.name);
}
