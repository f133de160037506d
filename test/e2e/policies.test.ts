import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { platforms, type Platform } from '../../protocol/platforms.ts';
import { app, Deployment, type Member } from '../support/deployment.ts';

async function start(...flags: readonly string[]): Promise<Deployment> {
  const deployment = await Deployment.start({ flags });
  onTestFinished(() => deployment.stop());
  return deployment;
}

/** Logs one user in on each platform, on one node after the other. */
async function joinAll(
  deployment: Deployment,
  userId: string,
  order: readonly Platform[],
): Promise<Member[]> {
  const members: Member[] = [];
  for (const [i, platform] of order.entries()) {
    const node = i % 2 === 0 ? deployment.a : deployment.b;
    members.push(await deployment.member(node, userId, { platform }));
  }
  return members;
}

/** Which of the members live, by the registry; the others must get their kick and its close. */
async function survivorsOf(
  deployment: Deployment,
  userId: string,
  members: readonly Member[],
): Promise<string[]> {
  const registered = await deployment.registered(userId);
  const living = members.filter(({ session }) => registered.includes(session.sessionId));
  expect(living).toHaveLength(registered.length);
  for (const { client, login } of members.filter((member) => !living.includes(member))) {
    expect(await client.next('kicked')).toMatchObject({ code: 6208 });
    expect(await client.closed(), login.platform).toBe(4500);
  }
  for (const { client, login } of living) {
    const userSig = deployment.ticket(login.userId);
    expect(await client.request({ name: 'renew', userSig })).toMatchObject({ name: 'renewed' });
  }
  return living.map(({ login }) => login.platform);
}

const cases: Record<string, readonly (readonly [readonly Platform[], readonly Platform[]])[]> = {
  single: [
    [['web', 'ios', 'windows'], ['windows']],
    [['mac', 'web'], ['web']],
  ],
  dual: [
    [
      ['web', 'ios'],
      ['web', 'ios'],
    ],
    [
      ['web', 'ios', 'windows'],
      ['web', 'windows'],
    ],
    [
      ['linux', 'ipad', 'web', 'android'],
      ['web', 'android'],
    ],
  ],
  triple: [
    [
      ['web', 'ios', 'windows'],
      ['web', 'ios', 'windows'],
    ],
    [
      ['web', 'ios', 'windows', 'mac', 'ipad'],
      ['web', 'mac', 'ipad'],
    ],
    [
      ['web', 'android', 'web'],
      ['android', 'web'],
    ],
  ],
  multi: [
    [platforms, platforms],
    [
      ['ios', 'ipad', 'ios'],
      ['ipad', 'ios'],
    ],
  ],
};

describe('the login policy over two nodes', () => {
  it.each(Object.keys(cases))('[LOGIN-5] %s lets live whom it must', async (policy) => {
    const deployment = await start('--policy', policy);
    for (const [i, [order, expected]] of (cases[policy] ?? []).entries()) {
      const userId = `${policy}-${i}`;
      const members = await joinAll(deployment, userId, order);
      expect(await survivorsOf(deployment, userId, members)).toEqual(expected);
    }
  });

  it('[LOGIN-5] ends the earliest when a platform has more instances than its limit', async () => {
    const deployment = await start('--limits-web', '2');
    const members = await joinAll(deployment, 'alice', ['web', 'web', 'ios', 'web']);
    expect(await survivorsOf(deployment, 'alice', members)).toEqual(['web', 'ios', 'web']);
    expect(members[0]?.client.isOpen).toBe(false);
  });

  it('[LOGIN-5] may be custom groups, from the configuration file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'gatehouse.json');
    const groups = [{ platforms: ['web', 'ios', 'android'], max: 2 }, { platforms: ['mac'] }];
    const rest = platforms.filter((name) => !['web', 'ios', 'android', 'mac'].includes(name));
    const policy = [...groups, { platforms: rest, exclusive: true }];
    const apps = [{ id: app.sdkAppId, keys: [{ secret: app.secret }] }];
    writeFileSync(file, JSON.stringify({ apps, policy }));
    const deployment = await start('--config', file);
    const members = await joinAll(deployment, 'bob', [
      'mac',
      'web',
      'ios',
      'android',
      'windows',
      'linux',
    ]);
    expect(await survivorsOf(deployment, 'bob', members)).toEqual([
      'mac',
      'ios',
      'android',
      'linux',
    ]);
  });
});
