import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { hashOfAdminKey } from '../../gateway/access/admin-key.ts';
import { app, type Deployment } from '../support/deployment.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { allKey, keyWithout, oneAppKey, startV1Site, strangeKey } from '../v1/site.ts';
import { nowS, run, type Outcome } from './terminal.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startV1Site('redis', { policy: 'multi', limits: { web: 5 } });
});
afterAll(() => deployment?.stop());

const appFlags = ['--app', String(app.sdkAppId)];
const env = (key: string = allKey): Record<string, string> => ({
  GATEHOUSE_ADMIN_KEY: key,
  GATEHOUSE_ADMIN_URL: deployment.a.adminUrl,
});
/** Runs a command about users of the first app. */
const user = (words: readonly string[], key?: string): Promise<Outcome> =>
  run([...words, ...appFlags], { env: env(key) });
const done = { code: 0, err: '' };

describe('gatehouse sessions', () => {
  it('lists the sessions of a user in columns, or as JSON', async () => {
    const ios = await deployment.member(deployment.a, 'alice', { platform: 'ios' });
    const web = await deployment.member(deployment.b, 'alice');
    const { out, ...rest } = await user(['sessions', 'alice']);
    expect(rest).toMatchObject(done);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^SESSION +INSTANCE +PLATFORM +NODE +LOGGED IN +TICKET ENDS +STATE +ADDRESS$/,
    );
    expect(lines[1]).toContain(`${web.session.sessionId}  ${web.login.instanceId}  web`);
    expect(lines[2]).toMatch(new RegExp(`^${ios.session.sessionId} .* online +127\\.0\\.0\\.1$`));
    const json = await user(['sessions', 'alice', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      sessions: [{ sessionId: web.session.sessionId }, { sessionId: ios.session.sessionId }],
    });
  });

  it('says that there is none', async () => {
    expect(await user(['sessions', 'nobody'])).toMatchObject({
      ...done,
      out: 'nobody has no session\n',
    });
  });
});

describe('gatehouse push', () => {
  it('sends to a user, to an instance or to everybody, and says how many were told', async () => {
    const grace = await deployment.member(deployment.b, 'grace');
    const body = ['--body', '{"text":"hi"}'];
    const sent = await user(['push', 'grace', ...body]);
    expect(sent).toMatchObject({ ...done, out: 'sent to 1 session\n' });
    expect(await grace.client.next('push')).toMatchObject({
      sender: 'administrator',
      topic: 'message',
      body: '{"text":"hi"}',
    });
    const none = await user(['push', 'grace', ...body, '--instance', 'other', 'third', '--json']);
    expect(JSON.parse(none.out)).toMatchObject({ sessions: 0 });
    const all = ['push', '--everybody', ...body, '--id', 'noon', '--sender', 'news'];
    expect(await user(all)).toMatchObject({ ...done, out: 'told 2 nodes\n' });
    expect(await grace.client.next('push')).toMatchObject({ sender: 'news', toEverybody: true });
    expect(await user(all)).toMatchObject({ ...done, out: 'noon was sent before\n' });
  });

  it('says what it was not told', async () => {
    const { code, err } = await user(['push', '--body', 'x']);
    expect([code, err]).toEqual([2, expect.stringContaining('Give a user, or --everybody')]);
    expect((await user(['push', 'grace', '--everybody', '--body', 'x'])).code).toBe(2);
    expect((await user(['push', 'grace'])).code).toBe(2);
  });
});

describe('gatehouse kick', () => {
  it('ends one session, one instance, or all', async () => {
    const members = [
      await deployment.member(deployment.a, 'bob'),
      await deployment.member(deployment.b, 'bob'),
      await deployment.member(deployment.b, 'bob'),
    ];
    const [one, two, three] = members as [
      (typeof members)[0],
      (typeof members)[0],
      (typeof members)[0],
    ];
    const first = await user(['kick', 'bob', '--session', one.session.sessionId]);
    expect(first).toMatchObject({
      ...done,
      out: expect.stringMatching(/^ended 1 session\nSESSION/),
    });
    expect(await one.client.closed()).toBe(4500);
    const second = await user(['kick', 'bob', '--instance', two.login.instanceId, '--json']);
    expect(JSON.parse(second.out)).toMatchObject({ ended: [{ sessionId: two.session.sessionId }] });
    expect(await two.client.closed()).toBe(4500);
    expect(await user(['kick', 'bob'])).toMatchObject(done);
    expect(await three.client.closed()).toBe(4500);
    expect(await user(['kick', 'bob'])).toMatchObject({ ...done, out: 'ended 0 sessions\n' });
  });

  it('says that a session is gone, what to do, and exits with 1', async () => {
    const { code, out, err } = await user(['kick', 'bob', '--session', 'gone-1']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^gatehouse: .*no such session.*\(noSuchSession\)\. List the sessions/);
  });

  it('kills tickets as well when it is told to', async () => {
    const carol = await deployment.member(deployment.b, 'carol');
    expect(await user(['kick', 'carol', '--revoke'])).toMatchObject(done);
    expect(await carol.client.closed()).toBe(4500);
    const client = await deployment.connect(deployment.b);
    expect(await client.login(carol.login)).toMatchObject({ code: 70052 });
  });
});

describe('gatehouse ban, unban and status', () => {
  it('keep a user out, tell so, and let the user in', async () => {
    await deployment.member(deployment.b, 'dave');
    const until = '2030-01-31 12:00:00Z';
    const ban = await user(['ban', 'dave', '--until', '2030-01-31T12:00:00Z']);
    expect(ban).toMatchObject({
      ...done,
      out: expect.stringContaining(`dave is banned until ${until}; ended 1 session\n`),
    });
    const { out } = await user(['status', 'dave']);
    expect(out).toContain('state      offline\nplatforms  none\nstatus     none\naccount    yes\n');
    expect(out).toContain(`ban        until ${until}, since 20`);
    expect(out).toContain('revoked    never, as far as is known\n');
    const without = await user(['status', 'dave'], keyWithout('bans:read'));
    expect(without).toMatchObject({ ...done, out: expect.stringContaining('lacks bans:read') });
    expect(await user(['unban', 'dave'])).toMatchObject({
      ...done,
      out: 'the ban of dave is lifted\n',
    });
    expect(await user(['unban', 'dave'])).toMatchObject({ ...done, out: 'dave was not banned\n' });
  });

  it.each([
    [['--for', '90s'], nowS + 90],
    [['--for', '2w'], nowS + 14 * 86_400],
    [['--until', '2030-01-31'], Date.parse('2030-01-31T00:00:00Z') / 1000],
    [['--forever'], null],
  ])('%j is an end of a ban', async (flags, endsAt) => {
    const { code, out } = await user(['ban', 'erin', ...flags, '--json']);
    expect([code, JSON.parse(out)]).toEqual([0, { endsAt, ended: [] }]);
    const status = JSON.parse((await user(['status', 'erin', '--json'])).out) as object;
    expect(status).toMatchObject({ state: 'offline', restrictions: { ban: { endsAt } } });
  });

  it('shows what a user wrote without doing what it says to a terminal', async () => {
    const grace = await deployment.member(deployment.b, 'grace');
    await grace.client.request({ name: 'setStatus', customStatus: 'a\u001b[2J\u202eb' });
    for (const flags of [[], ['--json']]) {
      const { out } = await user(['status', 'grace', ...flags]);
      expect(out).toContain('a\\u001b[2J\\u202eb');
    }
  });
});

describe('gatehouse nodes and drain', () => {
  it('list the nodes, and take one away', async () => {
    const own = await startV1Site('redis', { drain: { windowS: 0, reconnectSpreadS: 0 } });
    onTestFinished(() => own.stop());
    const around = { env: { GATEHOUSE_ADMIN_KEY: allKey } };
    const url = ['--url', own.b.adminUrl];
    const [a, b] = [own.a, own.b].map(({ ready }) => String(ready['nodeId']));
    const listed = await run(['nodes', ...url], around);
    expect(listed).toMatchObject(done);
    expect(listed.out).toMatch(
      /^NODE +STATE +SESSIONS +CONNECTIONS +LOOP DELAY +LEASE LEFT +TRANSPORT +VERSION +SINCE\n/,
    );
    for (const nodeId of [a, b])
      expect(listed.out).toMatch(
        new RegExp(`^${nodeId} +serving +0 +0 +\\S+ ms +\\d\\.\\d s `, 'm'),
      );
    const drained = await run(['drain', String(a), '--wait', '20s', ...url], around);
    expect(drained).toMatchObject({ ...done, out: `${a} drains\n` });
    expect(await own.a.ended()).toBe(0);
    const { out } = await run(['nodes', '--json', ...url], around);
    expect(JSON.parse(out)).toMatchObject({ nodes: [{ nodeId: b }] });
    const again = await run(['drain', String(a), ...url], around);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('(noSuchNode)')]);
  });
});

describe('gatehouse webhooks replay', () => {
  it('tells the back end again what it was told', async () => {
    const receiver = await WebhookReceiver.start();
    onTestFinished(() => receiver.stop());
    const webhooks = {
      url: receiver.url,
      token: 'canary-token',
      allowedAddresses: ['127.0.0.1'],
    };
    const own = await startV1Site('redis', { webhooks });
    onTestFinished(() => own.stop());
    await own.member(own.a, 'frieda');
    const calls = (): unknown[] => receiver.calls.map(({ headers }) => headers['webhook-id']);
    await vi.waitFor(() => expect(calls()).toHaveLength(1), { timeout: 10_000 });
    const around = { env: { GATEHOUSE_ADMIN_KEY: allKey } };
    const words = ['webhooks', 'replay', ...appFlags, '--url', own.b.adminUrl];
    const replayed = await run([...words, '--since', '2020-01-01'], around);
    expect(replayed).toMatchObject({
      ...done,
      out: 'told again is what is kept from 2020-01-01 00:00:00Z on\n',
    });
    await vi.waitFor(() => expect(calls()).toHaveLength(2), { timeout: 10_000 });
    expect(new Set(calls()).size).toBe(1);
    const json = await run([...words, '--last', '1h', '--json'], around);
    expect(JSON.parse(json.out)).toEqual({ since: nowS - 3600 });
  });

  it('wants to know from when on, and says so where there are no webhooks', async () => {
    const words = ['webhooks', 'replay'];
    expect(await user(words)).toMatchObject({ code: 2, err: expect.stringContaining('--last') });
    const { code, err } = await user([...words, '--last', '7d']);
    expect([code, err]).toEqual([1, expect.stringContaining('(webhooksOff)')]);
  });
});

describe('the commands over the admin API', () => {
  const files = { '/k': `${allKey}\n`, '/hash': hashOfAdminKey(allKey), '/empty': '' };

  it.each([
    ['the environment', ['nodes'], () => env()],
    [
      'a file of the environment',
      ['nodes'],
      () => ({ GATEHOUSE_ADMIN_URL: deployment.a.adminUrl, GATEHOUSE_ADMIN_KEY_FILE: '/k' }),
    ],
    ['a file of a flag', ['nodes', '--key-file', '/k'], () => env(strangeKey)],
  ])('take the key from %s', async (_name, words, around) => {
    expect(await run(words, { env: around(), files })).toMatchObject(done);
  });

  it.each<readonly [string, readonly string[], Record<string, string>, RegExp]>([
    ['no key', ['nodes'], {}, /no key: set GATEHOUSE_ADMIN_KEY/],
    [
      'the hash of a key',
      ['nodes', '--key-file', '/hash'],
      {},
      /flag --key-file: this is the hash/,
    ],
    [
      'something else',
      ['nodes'],
      { GATEHOUSE_ADMIN_KEY: 'canary' },
      /environment GATEHOUSE_ADMIN_KEY: this is no key/,
    ],
    ['an empty file', ['nodes', '--key-file', '/empty'], {}, /this is no key/],
    [
      'a file that is not there',
      ['nodes', '--key-file', '/none'],
      {},
      /\/none cannot be read \(ENOENT\)/,
    ],
    [
      'two keys',
      ['nodes'],
      { GATEHOUSE_ADMIN_KEY: allKey, GATEHOUSE_ADMIN_KEY_FILE: '/k' },
      /is set too/,
    ],
    ['a wrong address', ['nodes', '--url', 'localhost:7601'], {}, /an address like http/],
    [
      'a wrong address in the environment',
      ['nodes', '--key-file', '/k'],
      { GATEHOUSE_ADMIN_URL: '7601' },
      /GATEHOUSE_ADMIN_URL: it is no address/,
    ],
    ['no app', ['sessions', 'alice'], {}, /--app/],
    ['an app with a key', ['sessions', 'alice', '--app', '1:canary'], {}, /without a key/],
    ['a wrong user', ['sessions', 'al ice', '--app', '1'], {}, /letters, digits/],
    [
      'no end of a ban',
      ['ban', 'alice', '--app', '1', '--key-file', '/k'],
      {},
      /--for, --until or --forever/,
    ],
    [
      'two ends of a ban',
      ['ban', 'alice', '--app', '1', '--forever', '--for', '1d'],
      {},
      /cannot be used with/,
    ],
    ['a wrong span', ['ban', 'alice', '--app', '1', '--for', '1 day'], {}, /90s, 30m/],
    [
      'both session and instance',
      ['kick', 'a', '--app', '1', '--session', 's', '--instance', 'i'],
      {},
      /cannot be used with/,
    ],
  ])('exit with 2 for %s, and say what to do', async (_name, words, around, message) => {
    const { code, out, err } = await run(words, { env: around, files });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err.replace(/at most|1:canary/g, '')).not.toContain(allKey);
  });

  it('exit with 1 where the key may not do it, and say which scope', async () => {
    const { code, err } = await user(['kick', 'alice'], keyWithout('sessions:write'));
    expect([code, err]).toEqual([1, expect.stringContaining('sessions:write (scopeMissing)')]);
    const stranger = await user(['kick', 'alice'], strangeKey);
    expect([stranger.code, stranger.err]).toEqual([1, expect.stringContaining('(keyUnknown)')]);
    const other = await run(['sessions', 'alice', '--app', '7'], { env: env(oneAppKey) });
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('(appForbidden)')]);
  });

  it('exit with 1 where nobody listens: nothing was done', async () => {
    const idle = createServer();
    await new Promise<void>((resolve) => idle.listen(0, '127.0.0.1', resolve));
    const { port } = idle.address() as AddressInfo;
    await new Promise((resolve) => idle.close(resolve));
    for (const [free, reason] of [
      [port, 'ECONNREFUSED'],
      [1, 'bad port'],
    ] as const) {
      const flags = ['--url', `http://127.0.0.1:${free}`];
      const { code, err } = await run(['unban', 'alice', ...appFlags, ...flags], { env: env() });
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(`no gateway answered at .*${reason}.*--url`),
      ]);
    }
  });

  it('exit with 3 where Redis is away: the ban may hold or not', async () => {
    const own = await startV1Site('redis');
    onTestFinished(() => own.stop());
    own.redis.pause();
    const flags = ['--url', own.a.adminUrl];
    const words = ['ban', 'alice', '--forever', ...appFlags, ...flags];
    const { code, err } = await run(words, { env: { GATEHOUSE_ADMIN_KEY: allKey } });
    own.redis.resume();
    expect([code, err]).toEqual([3, expect.stringContaining('(registryAway). Try again')]);
  });

  describe('asked of something else', () => {
    let server: Server;
    let seen: string[] = [];
    const start = async (answer: Parameters<typeof createServer>[1]): Promise<string> => {
      server = createServer(answer);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    afterEach(() => {
      seen = [];
      server.closeAllConnections();
      server.close();
    });

    it('say that it is no gateway', async () => {
      const url = await start((_request, response) => response.end('<html>hello</html>'));
      const { code, err } = await run(['nodes', '--url', url], { env: env() });
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/status 200 and not as a gateway does/),
      ]);
    });

    it('take the key nowhere else', async () => {
      const url = await start((request, response) => {
        seen.push(String(request.url));
        response.writeHead(307, { location: '/elsewhere' }).end();
      });
      const { code } = await run(['nodes', '--url', url], { env: env() });
      expect([code, seen]).toEqual([1, ['/v1/nodes']]);
    });

    it('exit with 3 where the link breaks before the answer', async () => {
      const url = await start((request) => request.socket.destroy());
      const words = ['kick', 'alice', ...appFlags, '--url', url];
      const { code, err } = await run(words, { env: env() });
      expect([code, err]).toEqual([3, expect.stringMatching(/did not answer .*Try again/)]);
    });
  });
});
