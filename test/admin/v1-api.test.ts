import { describe, expect, it } from 'vitest';
import { hashOfAdminKey, newAdminKey } from '../../gateway/access/admin-key.ts';
import { startAdminServer } from '../../gateway/admin/admin-server.ts';
import { allScopes } from '../../gateway/access/scopes.ts';
import { AdminKeys } from '../../gateway/admin/v1/admin-keys.ts';
import { FailedTries } from '../../gateway/admin/v1/failed-tries.ts';
import type { V1Registry } from '../../gateway/admin/v1/route.ts';
import { routes } from '../../gateway/admin/v1/routes.ts';
import { V1Api } from '../../gateway/admin/v1/v1-api.ts';
import { V1Counters } from '../../gateway/admin/v1/v1-counters.ts';
import { systemClock } from '../../gateway/session/clock.ts';
import { addressGroup } from '../../gateway/transport/address.ts';
import { pathParameters } from '../../gateway/admin/v1/path-parameters.ts';

const fail = (): never => {
  throw new TypeError('canary-3f9a1c5e7b');
};
/** A registry with a bug in every method. */
const broken: V1Registry = {
  sessions: fail,
  statuses: fail,
  kick: fail,
  revoke: fail,
  ban: fail,
  unban: fail,
  restrictions: fail,
  pushes: { toUser: fail, toEverybody: fail },
  policies: { read: fail, change: fail, preview: fail },
  accounts: { exist: fail },
  nodes: { all: fail, ask: fail },
  events: { apps: [1_400_000_000], partitions: 1, rewind: fail },
};

describe('the API under /v1', () => {
  it.each(routes.filter(({ group }) => group !== 'api'))(
    '[internalError] answers a bug in $name with a code and keeps it for itself',
    async ({ name, method, path: pattern, request }) => {
      const key = newAdminKey();
      const errors: unknown[] = [];
      const counters = new V1Counters();
      const v1 = new V1Api({
        keys: [{ name: 'k', hash: hashOfAdminKey(key), scopes: allScopes }],
        apps: new Set([1_400_000_000]),
        registry: broken,
        nowS: () => 1_700_000_000,
        clock: systemClock,
        groupOf: addressGroup,
        callsPerS: 1000,
        counters,
        onCall: () => undefined,
        onError: (error) => errors.push(error),
      });
      const server = await startAdminServer({
        host: '127.0.0.1',
        port: 0,
        health: fail,
        metrics: { contentType: '', render: fail },
        rest: { answer: fail },
        v1,
        onError: (error) => errors.push(error),
      });
      try {
        const path = pattern.replaceAll(
          /\{(\w+)\}/g,
          (_all, part: keyof typeof pathParameters) => pathParameters[part].example,
        );
        const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
          method,
          headers: { authorization: `Bearer ${key}` },
          ...(request !== undefined && { body: JSON.stringify(request) }),
        });
        const text = await response.text();
        expect([response.status, JSON.parse(text)]).toMatchObject([500, { code: 'internalError' }]);
        expect(text).not.toContain('canary');
        expect(errors).toEqual([expect.any(TypeError)]);
        expect([counters.calls[name], counters.refusals['internalError']]).toEqual([1, 1]);
      } finally {
        await server.close();
      }
    },
  );
});

describe('the keys of a node', () => {
  const [one, other] = [newAdminKey(), newAdminKey()];
  const keys = new AdminKeys([
    { name: 'one', hash: hashOfAdminKey(one), scopes: ['sessions:read'], apps: [7] },
    { name: 'other', hash: hashOfAdminKey(other), scopes: allScopes },
  ]);

  it('are told from one another', () => {
    expect(keys.judge(`Bearer ${one}`)).toMatchObject({ kind: 'key', name: 'one' });
    expect(keys.judge(`bearer  ${other}`)).toMatchObject({ kind: 'key', name: 'other' });
  });

  it('are no others, however near', () => {
    const near = [one.slice(0, -1), `${one}A`, one.replace('ghk_', 'GHK_'), hashOfAdminKey(one)];
    for (const text of near)
      expect(keys.judge(`Bearer ${text}`)).toMatchObject({ code: 'keyUnknown' });
    for (const header of [undefined, '', 'Bearer', `Basic ${one}`, one])
      expect(keys.judge(header)).toMatchObject({ code: 'keyMissing' });
    expect(new AdminKeys([]).judge(`Bearer ${one}`)).toMatchObject({ code: 'keyUnknown' });
  });
});

describe('failed tries', () => {
  it('are let pass at a stretch, and then as they come back', () => {
    const tries = new FailedTries(addressGroup);
    const countAll = (address: string, nowMs: number): number => {
      let counted = 0;
      while (tries.count(address, nowMs)) counted++;
      return counted;
    };
    expect(countAll('192.0.2.1', 1000)).toBe(20);
    expect(countAll('192.0.2.2', 1000)).toBe(20);
    expect(countAll('192.0.2.1', 4000)).toBe(1);
    expect(countAll('192.0.2.1', 4000 + 3_600_000)).toBe(20);
  });

  it('of one IPv6 network count together', () => {
    const tries = new FailedTries(addressGroup);
    for (let i = 0; i < 20; i++) expect(tries.count(`2001:db8::${i}`, 0)).toBe(true);
    expect(tries.count('2001:db8::ffff', 0)).toBe(false);
    expect(tries.count('2001:db8:0:1::1', 0)).toBe(true);
  });

  it('take no more memory than for some addresses', () => {
    const tries = new FailedTries(addressGroup);
    for (let i = 0; i < 100_000; i++) tries.count(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0);
    expect(tries.addresses).toBe(1024);
  });
});
