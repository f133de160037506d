import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../protocol/frames.ts';
import { Deployment } from '../support/deployment.ts';

const secret = 'secret-of-the-back-end';

describe('messages between users through two nodes', () => {
  let deployment: Deployment;
  /** What the back end says next: whether the message may be sent; undefined = nothing of use. */
  let allow: boolean | undefined = true;
  const backEnd = createServer((_request, response) => {
    response.writeHead(allow === undefined ? 503 : 200).end(JSON.stringify({ allow }));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => backEnd.listen(0, '127.0.0.1', resolve));
    const { port } = backEnd.address() as AddressInfo;
    const flags = [
      '--user-messages=callback',
      `--pushes-callback-url=http://127.0.0.1:${port}/`,
      `--pushes-callback-secret=${secret}`,
      '--log-level=debug',
    ];
    deployment = await Deployment.start({ flags });
  });
  afterAll(async () => {
    await deployment?.stop();
    backEnd.closeAllConnections();
    backEnd.close();
  });

  it('[PUSH-8, PUSH-10] [20006, 80003] go where the back end lets them, and only there', async () => {
    const bob = await deployment.member(deployment.a, 'bob');
    const alice = await deployment.member(deployment.b, 'alice');
    const send = async (body: string) =>
      bob.client.request({ name: 'send', userId: 'alice', topic: 'signal', body });
    expect(await send('one')).toMatchObject({ name: 'sent', sessions: 1 });
    allow = false;
    expect(await send('two')).toMatchObject({ name: 'failed', code: 20006, retryAfterMs: 0 });
    allow = undefined;
    const unknown = (await send('three')) as Frame<'failed'>;
    expect(unknown.code).toBe(80003);
    expect(unknown.retryAfterMs).toBeGreaterThan(0);
    allow = true;
    await send('four');
    for (const body of ['one', 'four']) {
      expect(await alice.client.next('push')).toMatchObject({ sender: 'bob', body });
    }
    await expect
      .poll(() => deployment.a.stderr)
      .toContain('the back end did not say whether a message may be sent');
    expect(deployment.a.stderr).not.toContain(secret);
  });

  it('[PUSH-9] come no more often than they may', async () => {
    const carl = await deployment.member(deployment.a, 'carl');
    const replies = await Promise.all(
      Array.from({ length: 25 }, () =>
        carl.client.request({ name: 'send', userId: 'nobody', topic: '', body: '' }),
      ),
    );
    const refused = replies.filter(({ name }) => name === 'failed');
    expect(refused.length).toBeGreaterThanOrEqual(4);
    for (const reply of refused) expect(reply).toMatchObject({ code: 7008 });
  });
});
