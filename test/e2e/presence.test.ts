import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Encoding } from '../../protocol/codec.ts';
import type { Frame } from '../../protocol/frames.ts';
import { app, otherApp } from '../support/deployment.ts';
import { FrameClient } from '../support/frame-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { officialTicket } from '../support/official-ticket.ts';
import { kinds } from '../transport/harness.ts';

const env = {
  GATEHOUSE_APP: `${app.sdkAppId}:${app.secret},${otherApp.sdkAppId}:${otherApp.secret}`,
};

/** One node with the embedded registry and, unless the test says more, the defaults. */
function startNode(...flags: readonly string[]): Promise<GatewayProcess> {
  return GatewayProcess.start({ flags: ['--policy', 'multi', ...flags], env });
}

interface Member {
  readonly client: FrameClient;
  readonly session: Frame<'loggedIn'>;
}

async function join(
  node: GatewayProcess,
  userId: string,
  wish: Partial<Frame<'login'>> & { encoding?: Encoding; of?: typeof app } = {},
): Promise<Member> {
  const { encoding = 'msgpack', of = app, ...fields } = wish;
  const client = await FrameClient.connect(node.url, { encoding });
  const { sdkAppId } = of;
  const userSig = officialTicket({ ...of, userId, expireS: 3600 });
  const instanceId = `${userId}-device`;
  const session = await client.login({ sdkAppId, userId, userSig, instanceId, ...fields });
  if (session.name !== 'loggedIn') throw new Error(JSON.stringify(session));
  return { client, session };
}

async function watch({ client }: Member, ...userIds: string[]): Promise<Frame<'watching'>> {
  const reply = await client.request({ name: 'watch', userIds, sdkAppId: 0 });
  if (reply.name !== 'watching') throw new Error(JSON.stringify(reply));
  return reply;
}

/** The next change of the user that a watcher is told, whatever it is; other users' are left out. */
async function change({ client }: Member, userId: string): Promise<readonly unknown[]> {
  for (;;) {
    const { statuses } = await client.next('statusChanged');
    const found = statuses.find(([id]) => id === userId);
    if (found !== undefined) return found.slice(0, 4);
  }
}

describe.each(kinds)('presence through a node on %s', (transport) => {
  let node: GatewayProcess;
  beforeAll(async () => {
    node = await startNode('--transport', transport, '--presence-hold-s', '2');
  });
  afterAll(() => node?.kill());

  describe.each<Encoding>(['msgpack', 'json'])('in %s', (encoding) => {
    const user = (name: string): string => `${name}-${encoding}`;

    it('[PRESENCE-2, PRESENCE-3] tells of online, custom status and logout', async () => {
      const alice = await join(node, user('alice'), { encoding });
      const bob = user('bob');
      expect((await watch(alice, bob)).statuses).toEqual([[bob, 'offline', [], '', 0]]);
      const phone = await join(node, bob, { platform: 'ios' });
      expect(await change(alice, bob)).toEqual([bob, 'online', ['ios'], '']);
      const mac = await join(node, bob, { platform: 'mac', instanceId: 'mac', encoding });
      expect(await change(alice, bob)).toEqual([bob, 'online', ['ios', 'mac'], '']);
      const customStatus = 'ünder wäter 🐙';
      const set = await phone.client.request({ name: 'setStatus', customStatus });
      expect(set.name).toBe('statusSet');
      const busy = [bob, 'online', ['ios', 'mac'], customStatus];
      expect(await change(alice, bob)).toEqual(busy);
      expect(await change(mac, bob), "the user's other instance").toEqual(busy);
      await phone.client.request({ name: 'logout' });
      expect(await change(alice, bob)).toEqual([bob, 'online', ['mac'], customStatus]);
      await mac.client.request({ name: 'logout' });
      expect(await change(alice, bob)).toEqual([bob, 'offline', [], '']);
      expect(phone.client.unread).toEqual([]);
    });

    it('[PRESENCE-8, PRESENCE-10] does not flap when a link is lost, and the watches are back with it', async () => {
      const [alice, carol] = [user('alice-held'), user('carol-held')];
      const watcher = await join(node, user('eve'), { encoding });
      await watch(watcher, alice);
      const first = await join(node, alice, { encoding });
      expect(await change(watcher, alice)).toEqual([alice, 'online', ['web'], '']);
      await watch(first, carol);
      first.client.cut();
      const again = await join(node, alice, { encoding, automatic: true });
      expect(again.session).toMatchObject({ watches: 1, repeatLogin: false });
      expect(await change(again, carol)).toEqual([carol, 'offline', [], '']);
      await join(node, carol);
      expect(await change(again, carol)).toEqual([carol, 'online', ['web'], '']);
      again.client.close();
      // The first change since: nobody saw the lost link.
      expect(await change(watcher, alice)).toEqual([alice, 'offline', [], '']);
    });

    it('[PRESENCE-1] makes a phone push-online when its link is lost for good, a web page offline', async () => {
      const [phone, page] = [user('phone'), user('page')];
      const watcher = await join(node, user('frank'), { encoding });
      await watch(watcher, phone, page);
      const onPhone = await join(node, phone, { platform: 'android' });
      const onWeb = await join(node, page);
      for (const name of [phone, page]) await change(watcher, name);
      onPhone.client.cut();
      expect(await change(watcher, phone)).toEqual([phone, 'pushOnline', [], '']);
      onWeb.client.cut();
      expect(await change(watcher, page)).toEqual([page, 'offline', [], '']);
      const back = await join(node, phone, { platform: 'android', automatic: true });
      expect(await change(watcher, phone)).toEqual([phone, 'online', ['android'], '']);
      await back.client.request({ name: 'logout' });
      expect(await change(watcher, phone)).toEqual([phone, 'offline', [], '']);
    });

    it('[FRAME-5, PRESENCE-9] answers a query of 500 long names in parts', async () => {
      const { client } = await join(node, user('judy'), { encoding });
      const userIds = Array.from({ length: 500 }, (_, i) =>
        `${'long-name-'.repeat(3)}${i}`.slice(-32),
      );
      const seq = client.send({ name: 'query', userIds, sdkAppId: 0, withInstances: false });
      const told: string[] = [];
      for (let part; part?.isLast !== true;) {
        part = await client.next('queried');
        expect(part.seq).toBe(seq);
        told.push(...part.statuses.map(([userId]) => userId));
      }
      expect(told).toEqual(userIds);
      const tooMany = [...userIds, 'one-more'];
      const refused = {
        name: 'query',
        userIds: tooMany,
        sdkAppId: 0,
        withInstances: false,
      } as const;
      expect(await client.request(refused)).toMatchObject({ name: 'failed', code: 6017 });
    });

    it('[PRESENCE-4, PRESENCE-5, PRESENCE-6] [6011, 7008] keeps its bounds and names who is refused or dropped', async () => {
      const member = await join(node, user('ivan'), { encoding });
      const names = Array.from({ length: 100 }, (_, i) => `watched-${i}`);
      const more = names.map((name) => `${name}-more`);
      expect((await watch(member, ...names)).dropped).toEqual([]);
      expect((await watch(member, ...more)).dropped).toEqual([]);
      const last = await watch(member, user('ivan'), 'x', 'y');
      expect(last.refused).toEqual([[user('ivan'), 6017]]);
      expect(last.dropped).toEqual([
        ['watched-0', app.sdkAppId],
        ['watched-1', app.sdkAppId],
      ]);
      const foreign = { name: 'watch', userIds: ['x'], sdkAppId: otherApp.sdkAppId } as const;
      expect(await member.client.request(foreign)).toMatchObject({ refused: [['x', 6011]] });
      const tooMany = { name: 'watch', userIds: [...names, 'z'], sdkAppId: 0 } as const;
      expect(await member.client.request(tooMany)).toMatchObject({ name: 'failed', code: 6017 });
      const codes: number[] = [];
      for (let i = 0; i < 40; i += 1) {
        const reply = await member.client.request({ name: 'unwatch', userIds: ['x'], sdkAppId: 0 });
        if (reply.name === 'failed') codes.push(reply.code);
      }
      expect(new Set(codes)).toEqual(new Set([7008]));
    });
  });

  it('counts in its metrics what it does', async () => {
    const text = await (await fetch(`${node.adminUrl}/metrics`)).text();
    const value = (name: string): number =>
      Number(new RegExp(`^gatehouse_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('presence_notifications_total')).toBeGreaterThan(10);
    expect(value('watches')).toBeGreaterThanOrEqual(value('watched_users'));
    expect(value('lost_links_total')).toBeGreaterThanOrEqual(3);
    expect(value('regained_links_total')).toBeGreaterThanOrEqual(1);
  });
});

describe('who may see whom', () => {
  it('[PRESENCE-7] [72001] is nobody where presence is off', async () => {
    const node = await startNode('--presence-visibility', 'nobody');
    onTestFinished(() => node.kill());
    const { client } = await join(node, 'alice');
    const request = { name: 'watch', userIds: ['bob'], sdkAppId: 0 } as const;
    expect(await client.request(request)).toMatchObject({ name: 'failed', code: 72001 });
  });

  it('[PRESENCE-7] is everybody of every app where the operator says so', async () => {
    const node = await startNode('--presence-visibility', 'everyone');
    onTestFinished(() => node.kill());
    const alice = await join(node, 'alice');
    const request = { name: 'watch', userIds: ['bob'], sdkAppId: otherApp.sdkAppId } as const;
    expect(await alice.client.request(request)).toMatchObject({ name: 'watching', refused: [] });
    await join(node, 'bob', { of: otherApp });
    const pushed = await alice.client.next('statusChanged');
    expect(pushed.sdkAppId).toBe(otherApp.sdkAppId);
  });

  it("[PRESENCE-7] [80003] is said by the app's back end, and nobody is seen while that does not answer", async () => {
    let isUp = true;
    const asked: unknown[] = [];
    const backEnd = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(isUp ? 200 : 503).end(JSON.stringify({ visible: ['bob'] }));
    });
    await new Promise<void>((resolve) => backEnd.listen(0, '127.0.0.1', resolve));
    const { port } = backEnd.address() as AddressInfo;
    const secret = 'secret-of-the-back-end';
    const node = await startNode(
      '--presence-visibility',
      'callback',
      '--presence-callback-url',
      `http://127.0.0.1:${port}/`,
      '--presence-callback-secret',
      secret,
      '--log-level',
      'debug',
    );
    onTestFinished(async () => {
      await node.kill();
      backEnd.closeAllConnections();
      backEnd.close();
    });
    const alice = await join(node, 'alice');
    expect(await watch(alice, 'bob', 'carol')).toMatchObject({ refused: [['carol', 6011]] });
    isUp = false;
    const unknown = await watch(alice, 'bob', 'dave');
    expect(unknown.refused).toEqual([['dave', 80003]]);
    expect(unknown.retryAfterMs).toBeGreaterThan(0);
    expect(asked).toEqual([`Bearer ${secret}`, `Bearer ${secret}`]);
    await expect.poll(() => node.stderr).toContain('the back end did not say who may be seen');
    expect(node.stderr).not.toContain(secret);
  });
});
