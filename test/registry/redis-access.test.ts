import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificates } from '../support/redis-certificates.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { RedisSentinel, masterName } from '../support/redis-sentinel.ts';
import { describeAccounts } from './account-conformance.ts';
import { describeRegistry } from './conformance.ts';
import { describeEvents } from './event-conformance.ts';
import { freshUser, hold, liveSessions, loginOf, register } from './fleet.ts';
import { RedisFleet, TellingFleet } from './fleets.ts';
import { describePresence } from './presence-conformance.ts';
import { describeKeptPushes, describePushes } from './push-conformance.ts';
import { describeRestrictions } from './restriction-conformance.ts';

/** The rules that docs/redis.md tells operators, line by line; `topic` names the block. */
function documentedRules(topic: string): readonly string[] {
  const page = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8');
  const [, block = ''] = new RegExp(`\`\`\`acl ${topic}\\n([^]*?)\`\`\``).exec(page) ?? [];
  const rules = block.split(/\s+/).filter((word) => word !== '');
  expect(rules[0]).toBe('user');
  return rules.slice(1);
}

/** Gives a server only the documented user: the one that everybody is by default is off. */
async function lock(server: RedisServer, topic: string): Promise<void> {
  await server.cli('ACL', 'SETUSER', ...documentedRules(topic));
  await server.cli('ACL', 'SETUSER', 'default', 'off');
}

const withUser = (url: string): string => url.replace('://', '://gatehouse:SECRET@');

const alone = async () => {
  const server = await startRedis();
  await lock(server, 'redis');
  return { url: withUser(server.url), stop: () => server.stop() };
};
const cluster = new RedisFleet(async () => {
  const redis = await RedisCluster.start();
  await Promise.all(redis.masters.map((server) => lock(server, 'redis')));
  return { url: withUser(redis.url), stop: () => redis.stop() };
});
describeRegistry('Redis, as the documented user,', new RedisFleet(alone));
describePresence('Redis, as the documented user,', new RedisFleet(alone));
describeRestrictions('Redis, as the documented user,', new RedisFleet(alone));
describeAccounts('Redis, as the documented user,', new RedisFleet(alone));
describePushes('Redis, as the documented user,', new RedisFleet(alone));
const keepers = new RedisFleet(alone);
const keeping = { keepS: 60, count: 5, bytes: 16_384 };
describeKeptPushes('Redis, as the documented user,', keepers, () => keepers.node({ keeping }));
describeEvents('Redis, as the documented user,', new TellingFleet(alone as never));
describeRegistry('Redis Cluster, as the documented user,', cluster);

describe('the documented user', () => {
  const fleet = new RedisFleet();
  beforeAll(() => fleet.start());
  afterAll(() => fleet.stop());

  it('may sweep, audit, walk and be probed: a node dies and another tidies up', async () => {
    await lock(fleet.server, 'redis');
    const url = withUser(fleet.server.url);
    const a = await fleet.node({ url, leaseS: 2, commandTimeoutMs: 400, auditS: 1 });
    const gone = await fleet.node({ url, leaseS: 2, commandTimeoutMs: 400 });
    const user = freshUser();
    await hold(a, loginOf(freshUser()));
    await hold(gone, loginOf(user));
    await gone.registry.stop();
    await vi.waitFor(async () => expect(await liveSessions(a, user)).toEqual([]), 15_000);
    await vi.waitFor(() => expect(a.registry.counters.auditedSessions).toBeGreaterThan(2), 15_000);
    expect(a.registry.counters.missedProbes).toBe(0);
    expect(fleet.logged.filter((line) => /NOPERM|permissions|failed/.test(line))).toEqual([]);
  });

  it('may do nothing else', async () => {
    const { Redis } = await import('ioredis');
    const redis = new Redis(withUser(fleet.server.url), { enableReadyCheck: false });
    for (const words of [
      ['KEYS', '*'],
      ['FLUSHALL'],
      ['CONFIG', 'GET', '*'],
      ['GET', 'other'],
      ['SUBSCRIBE', 'other'],
    ]) {
      const [name = '', ...rest] = words;
      await expect(redis.call(name, ...rest), name).rejects.toThrow('NOPERM');
    }
    redis.disconnect();
  });
});

describe('Sentinels with a user of their own', () => {
  let redis: RedisSentinel;
  const fleet = new RedisFleet(async () => {
    redis = await RedisSentinel.start();
    for (const sentinel of redis.sentinels) {
      await sentinel.cli('ACL', 'SETUSER', 'peer', 'on', '>PEER', 'allchannels', '+@all');
      await sentinel.cli('SENTINEL', 'CONFIG', 'SET', 'sentinel-user', 'peer');
      await sentinel.cli('SENTINEL', 'CONFIG', 'SET', 'sentinel-pass', 'PEER');
    }
    for (const sentinel of redis.sentinels) await lock(sentinel, 'sentinel');
    return redis;
  });
  beforeAll(() => fleet.start());
  afterAll(() => fleet.stop());

  it('tell the primary and its successor to those who know the password', async () => {
    const user = { sentinelUsername: 'gatehouse', sentinelPassword: 'SECRET' };
    const node = await fleet.node({ ...user, leaseS: 6, commandTimeoutMs: 700 });
    const [old] = redis.servers;
    await register(node, loginOf(freshUser()));
    old?.pause();
    await vi.waitFor(() => register(node, loginOf(freshUser())), { timeout: 15_000, interval: 20 });
    expect(fleet.logged.join('\n')).not.toContain('SECRET');
    await expect(fleet.node({ startTimeoutMs: 500 })).rejects.toThrow('NOAUTH');
    expect(masterName).toBe('main');
  });
});

describe('Redis over TLS', () => {
  const files = makeCertificates();
  const [ca, cert, key] = [files.caFile, files.certFile, files.keyFile].map((file) =>
    readFileSync(file, 'utf8'),
  );
  const tlsPort = 11_000 + (process.pid % 900);
  const fleet = new RedisFleet(async () => {
    const { caFile, certFile, keyFile } = files;
    const paths = [
      '--tls-ca-cert-file',
      caFile,
      '--tls-cert-file',
      certFile,
      '--tls-key-file',
      keyFile,
    ];
    const server = await startRedis({ args: ['--tls-port', String(tlsPort), ...paths] });
    return { url: `rediss://127.0.0.1:${tlsPort}`, stop: () => server.stop() };
  });
  beforeAll(() => fleet.start());
  afterAll(() => fleet.stop());
  const pem = { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };

  it('is served with a client certificate of the authority', async () => {
    const node = await fleet.node({ tls: pem });
    await register(node, loginOf(freshUser()));
  });

  it('is known by another name where that is configured', async () => {
    const node = await fleet.node({ tls: { ...pem, serverName: 'redis.example' } });
    await register(node, loginOf(freshUser()));
    const stranger = fleet.node({
      tls: { ...pem, serverName: 'other.example' },
      startTimeoutMs: 500,
    });
    await expect(stranger).rejects.toThrow(/cannot reach Redis: .*altnames/);
  });

  it('is refused when its certificate is not of the authority', async () => {
    const foreign = readFileSync(makeCertificates().caFile, 'utf8');
    const node = fleet.node({ tls: { ...pem, ca: foreign }, startTimeoutMs: 500 });
    await expect(node).rejects.toThrow(/cannot reach Redis: .*certificate/);
  });
});
