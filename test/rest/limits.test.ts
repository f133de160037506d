import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restCodes } from '../../gateway/admin/rest/codes.ts';
import { commands } from '../../gateway/admin/rest/commands.ts';
import { type Deployment, otherApp } from '../support/deployment.ts';
import { callRest } from '../support/rest-client.ts';
import { until } from '../support/until.ts';
import { callAsAdmin, otherAdmin, queryOf, registries, startSite } from './site.ts';

const status = 'openim/query_online_status';

/** The query of a good call, as text. */
function searchOf(deployment: Deployment): string {
  return new URLSearchParams(queryOf(deployment) as Record<string, string>).toString();
}

/** The user of the examples. */
async function signUp(deployment: Deployment): Promise<void> {
  const body = { UserID: 'alice' };
  await callAsAdmin(deployment, deployment.a, 'im_open_login_svc/account_import', body);
}

describe.each(registries)('the bounds of REST, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    // Above what all commands together reach: each has its own bound here.
    deployment = await startSite(registry, { rest: { callsPerS: 100_000 } });
    await signUp(deployment);
  });
  afterAll(() => deployment?.stop());

  const call = async (path: string, body: unknown): Promise<number> =>
    (await callAsAdmin(deployment, deployment.a, path, body)).ErrorCode;

  it.each(commands)(
    'let bodies of $path be $maxBytes bytes long and no longer',
    async ({ path, maxBytes, request }) => {
      expect(await call(path, request.padEnd(maxBytes))).toBe(0);
      expect(await call(path, request.padEnd(maxBytes + 1))).toBe(restCodes.bodyTooLong.code);
    },
  );

  it.each([
    ['nested as deep as it can be', `${'['.repeat(32_000)}${']'.repeat(32_000)}`, 90_001],
    ['nested and not closed', '['.repeat(65_000), 60_003],
    [
      'nested where a name belongs',
      `{"To_Account":[${'['.repeat(9000)}${']'.repeat(9000)}]}`,
      90_003,
    ],
    ['a prototype', '{"__proto__":{"To_Account":["alice"]}}', 90_003],
    ['a constructor', '{"constructor":{"prototype":{"To_Account":["alice"]}}}', 90_003],
    ['a number without end', `{"To_Account":[${'9'.repeat(60_000)}]}`, 90_003],
    [
      'many keys',
      JSON.stringify(Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`k${i}`, 0]))),
      90_003,
    ],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 60_003],
    ['UTF-16', Buffer.from('{"To_Account":["alice"]}', 'utf16le'), 60_003],
    ['compressed', gzipSync('{"To_Account":["alice"]}'), 60_003],
    ['led by a byte order mark', '\ufeff{"To_Account":["alice"]}', 0],
    ['full of what nobody asked for', '{"To_Account":["alice"],"Toaccount":1,"x":{"y":[]}}', 0],
  ])('stand a body that is %s', async (_name, body, code) => {
    expect(await call(status, body)).toBe(code);
    expect(await call(status, { To_Account: ['alice'] })).toBe(0);
  });

  it('take a body in chunks, and one without a content type', async () => {
    const response = await fetch(`${deployment.a.adminUrl}/v4/${status}?${searchOf(deployment)}`, {
      method: 'POST',
      body: new Blob(['{"To_Account":', '["alice"]}']).stream(),
      duplex: 'half',
    });
    expect(await response.json()).toMatchObject({ ErrorCode: 0 });
  });

  it('stand a client that goes in the middle of its body', async () => {
    const { hostname, port } = new URL(deployment.a.adminUrl);
    const calls = async (): Promise<number> => {
      const text = await (await fetch(`${deployment.a.adminUrl}/metrics`)).text();
      const metric = new RegExp(`rest_calls_total\\{command="${status}"\\} (\\d+)`);
      return Number(metric.exec(text)?.[1]);
    };
    const before = await calls();
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v4/${status}?${searchOf(deployment)} HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{"To_`,
    );
    await until('the call to be let in', async () => (await calls()) > before);
    socket.destroy();
    expect(await call(status, { To_Account: ['alice'] })).toBe(0);
    expect(deployment.a.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each(commands)('slow $path down', async ({ path, request }) => {
    const burst = Array.from({ length: 100 });
    let refused = 0;
    for (let sent = 0; refused === 0 && sent < 20_000; sent += burst.length) {
      const codes = await Promise.all(burst.map(() => call(path, request)));
      refused = codes.filter((code) => code === restCodes.tooFrequent.code).length;
      expect(new Set(codes).size).toBeLessThanOrEqual(2);
    }
    expect(refused).toBeGreaterThan(0);
    // A rate is one app's own.
    const identifier = otherAdmin;
    const query = queryOf(deployment, {
      sdkappid: String(otherApp.sdkAppId),
      identifier,
      usersig: deployment.ticket(identifier, otherApp),
    });
    expect((await callRest(deployment.a, { path, query, body: request })).ErrorCode).not.toBe(
      restCodes.tooFrequent.code,
    );
    await until('calls to be served again', async () => (await call(path, request)) === 0);
  });
});

describe('the rate of an app', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite('embedded', { rest: { callsPerS: 3 } });
  });
  afterAll(() => deployment?.stop());

  it('holds for all commands together, and is spent by nobody but admins', async () => {
    const query = queryOf(deployment, { usersig: deployment.ticket('alice') });
    for (const { path, request } of [...commands, ...commands])
      await callRest(deployment.a, { path, query, body: request });
    const call = async ({ path, request }: { path: string; request: string }): Promise<number> =>
      (await callAsAdmin(deployment, deployment.a, path, request)).ErrorCode;
    const three = ['account_import', 'kick', 'query_online_status'].flatMap((name) =>
      commands.filter((one) => one.name === name),
    );
    for (const one of three) expect(await call(one)).toBe(0);
    const codes = await Promise.all([...three, ...three, ...three, ...three].map(call));
    expect(codes).toContain(restCodes.tooFrequentApp.code);
  });
});

describe('REST without Redis', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite('redis');
    await signUp(deployment);
  });
  afterAll(() => deployment?.stop());

  it.each(commands)('answers $path with a code, and serves it again', async ({ path, request }) => {
    const call = async (): Promise<number> =>
      (await callAsAdmin(deployment, deployment.a, path, request)).ErrorCode;
    deployment.redis.pause();
    expect(await call()).toBe(restCodes.registryAway.code);
    deployment.redis.resume();
    await until('Redis to be back', async () => (await call()) === 0);
  });
});
