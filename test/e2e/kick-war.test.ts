import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerCodes, isFinal } from '../../protocol/codes.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { app, Deployment, type Member } from '../support/deployment.ts';
import type { FrameClient } from '../support/frame-client.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';

const burst = 6;
/** Ten a second: a war of a second or two sees some come back. */
const perMinute = 600;
const flags = ['--policy', 'single', '--evictions-burst', String(burst)];

/** The sum of a metric over both nodes and all its labels. */
async function total(deployment: Deployment, metric: string): Promise<number> {
  const texts = await Promise.all(
    [deployment.a, deployment.b].map(async (node) =>
      (await fetch(`${node.adminUrl}/metrics`)).text(),
    ),
  );
  return texts
    .flatMap((text) => text.split('\n'))
    .filter(
      (line) => line.startsWith(`gatehouse_${metric}{`) || line.startsWith(`gatehouse_${metric} `),
    )
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

function warsLogged(deployment: Deployment, userId: string): number {
  const lines = [...deployment.a.log, ...deployment.b.log];
  return lines.filter(({ msg, userId: of }) => msg.startsWith('kick war') && of === userId).length;
}

/** What a client that obeys KICK-9 does when its connection ends: it comes back by itself, or stays away. */
async function obey(deployment: Deployment, node: GatewayProcess, member: Member): Promise<string> {
  let { client } = member;
  for (;;) {
    const code = await client.closed();
    if (isFinal(code)) return `stays away after ${code}`;
    client = await deployment.connect(node);
    await client.login({ ...member.login, automatic: true });
  }
}

describe('two devices of a user on two nodes', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start({ flags });
  });
  afterAll(() => deployment?.stop());

  it('[KICK-6, KICK-9] end with exactly one kick when both obey', async () => {
    const phone = await deployment.member(deployment.a, 'alice', { platform: 'ios' });
    const first = obey(deployment, deployment.a, phone);
    const tablet = await deployment.member(deployment.b, 'alice', { platform: 'ipad' });
    const second = obey(deployment, deployment.b, tablet);
    expect(await first).toBe('stays away after 4500');
    // The winner loses its network and comes back: its place is still its own.
    tablet.client.cut();
    await expect.poll(() => deployment.registered('alice')).not.toEqual([tablet.session.sessionId]);
    await expect.poll(() => deployment.registered('alice')).toHaveLength(1);
    expect(await total(deployment, 'kicks_total')).toBe(1);

    // The loser's user wants it again: one kick more, and the tablet obeys.
    const again = await deployment.member(deployment.a, 'alice', phone.login);
    expect(await second).toBe('stays away after 4500');
    expect(again.client.unread).toEqual([]);
    expect(await deployment.registered('alice')).toEqual([again.session.sessionId]);
    expect(await total(deployment, 'kicks_total')).toBe(2);
    expect(await total(deployment, 'kick_wars_total')).toBe(0);
  });

  it('[KICK-6, KICK-9] end with exactly one kick when the loser hears nothing and comes back by itself', async () => {
    const before = await total(deployment, 'kicks_total');
    const phone = await deployment.member(deployment.a, 'bob', { platform: 'ios' });
    phone.client.pause();
    const tablet = await deployment.member(deployment.b, 'bob', { platform: 'ipad' });
    await expect.poll(() => total(deployment, 'kicks_total')).toBe(before + 1);
    // It has read nothing of its kick.
    phone.client.cut();
    expect(await obey(deployment, deployment.a, phone)).toBe('stays away after 4500');
    expect(await deployment.registered('bob')).toEqual([tablet.session.sessionId]);
    expect(tablet.client.unread).toEqual([]);
    expect(await total(deployment, 'kicks_total')).toBe(before + 1);
  });
});

/** How a fight went. */
interface Tally {
  attempts: number;
  damped: number;
  shortestDelayMs: number;
}

/** A client that obeys nothing: whatever happens to it, it logs in again at once, as if its user had asked. */
async function disobey(
  connect: () => Promise<FrameClient>,
  login: Member['login'],
  tally: Tally,
  isOver: { readonly now: () => boolean; readonly promise: Promise<void> },
): Promise<void> {
  while (!isOver.now()) {
    const client = await connect();
    tally.attempts += 1;
    const reply = await client.login(login);
    if (reply.name === 'loggedIn') await Promise.race([client.ended, isOver.promise]);
    else if (reply.name === 'failed' && reply.code === answerCodes.kickWar.code) {
      tally.damped += 1;
      tally.shortestDelayMs = Math.min(tally.shortestDelayMs, reply.retryAfterMs);
    }
    client.cut();
  }
}

describe('devices that obey nothing', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start({
      flags: [...flags, '--evictions-per-minute', String(perMinute)],
    });
  });
  afterAll(() => deployment?.stop());

  /** Lets so many devices of one user fight for so many logins in all; gives how that went and what it cost. */
  async function war(userId: string, devices: number, logins: number) {
    const [kicks, wars] = await Promise.all(
      ['kicks_total', 'kick_wars_total'].map((name) => total(deployment, name)),
    );
    const tally: Tally = { attempts: 0, damped: 0, shortestDelayMs: Infinity };
    let end = (): void => undefined;
    const promise = new Promise<void>((resolve) => (end = resolve));
    const now = (): boolean => {
      if (tally.attempts < logins) return false;
      end();
      return true;
    };
    const platforms: readonly Platform[] = ['ios', 'ipad', 'web'];
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: devices }, (_, n) => {
        const node = n % 2 === 0 ? deployment.a : deployment.b;
        const platform = platforms[n % platforms.length] ?? 'web';
        const login = deployment.loginOf(userId, { platform, instanceId: `device-${n}` });
        return disobey(() => deployment.connect(node), login, tally, { now, promise });
      }),
    );
    await expect.poll(() => deployment.registered(userId), { timeout: 10_000 }).toEqual([]);
    const seconds = (performance.now() - startedMs) / 1000;
    return {
      ...tally,
      kicks: (await total(deployment, 'kicks_total')) - (kicks ?? 0),
      wars: (await total(deployment, 'kick_wars_total')) - (wars ?? 0),
      mostKicks: burst + (seconds * perMinute) / 60,
    };
  }

  it('[KICK-8] [70114] kick each other no more often than the allowance says, and are seen', async () => {
    const result = await war('carol', 2, 400);
    expect(result.attempts).toBeGreaterThanOrEqual(400);
    expect(result.kicks).toBeGreaterThanOrEqual(burst);
    expect(result.kicks).toBeLessThanOrEqual(result.mostKicks);
    expect(result.damped).toBeGreaterThan(result.kicks);
    expect(result.shortestDelayMs).toBeGreaterThan(0);
    expect(warsLogged(deployment, 'carol')).toBe(result.wars);
    expect([1, 2]).toContain(result.wars);
    expect(await total(deployment, 'users_at_war')).toBeGreaterThanOrEqual(1);
  });

  it('[KICK-8] stay bounded as a storm of hundreds, while other users log in', async () => {
    const storm = war('dave', 300, 1500);
    for (let n = 0; n < 30; n += 1) {
      const node = n % 2 === 0 ? deployment.a : deployment.b;
      const { client } = await deployment.member(node, `bystander-${n}`);
      client.close();
    }
    const result = await storm;
    expect(result.attempts).toBeGreaterThanOrEqual(1500);
    expect(result.kicks).toBeLessThanOrEqual(result.mostKicks);
    expect(warsLogged(deployment, 'dave')).toBe(result.wars);
    expect(result.wars).toBeLessThanOrEqual(2);
    const [key] = (await deployment.redis.call('KEYS', `*:${app.sdkAppId}:dave`)) as string[];
    expect(await deployment.redis.call('HLEN', key ?? '')).toBeLessThanOrEqual(34);
    const { client } = await deployment.member(deployment.a, 'dave', { platform: 'mac' });
    expect(client.isOpen).toBe(true);
  });
});
