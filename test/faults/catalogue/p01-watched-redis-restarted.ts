import { Audience, audienceFlags } from '../audience.ts';
import type { Fault } from '../fault.ts';

const users = { full: 200, short: 20 } as const;
const boundMs = 10_000;

/**
 * P01: Redis dies with kill -9 and comes back empty, while users are watched on both nodes. Node a reaches it later
 * than node b, which so hears that nobody knows of the users of a. Some lose their links meanwhile: nothing in the new
 * Redis says that they ever were there. The short form leaves these out, because a registry that knows nothing of a
 * user is not believed for 4 s.
 */
export const watchedRedisRestarted: Fault = {
  id: 'P01',
  name: 'Redis comes back empty, and users are watched',
  holds:
    'nobody who stays is told offline, who went meanwhile is within 10 s, new logins and logouts are told again',
  stage: { nodes: 2, flags: audienceFlags },
  rounds: { full: 5, short: 1 },
  boundMs,
  forgetsKicks: true,
  async tell(stage, round) {
    const { fleet } = stage;
    const [a, b] = [stage.node(0), stage.node(1)];
    const count = users[stage.form];
    const onA = fleet.devices(`r${round}-on-a`, count);
    const onB = fleet.devices(`r${round}-on-b`, count);
    const gone = fleet.devices(`r${round}-gone`, stage.form === 'full' ? count : 0, {
      platform: 'web',
    });
    const leaving = fleet.devices(`r${round}-leaving`, count);
    const late = fleet.devices(`r${round}-late`, count);
    await fleet.logInAll([...onA, ...gone, ...leaving], a);
    await fleet.logInAll(onB, b);
    const audience = new Audience(stage);
    await audience.seat(`r${round}-a`, a);
    await audience.seat(`r${round}-b`, b);
    audience.keep([...onA, ...onB]);
    audience.expect([...gone, ...leaving], 'offline');
    audience.expect(late, 'online');
    await audience.watch();

    stage.fault('Redis dies');
    const doubted = 'gatehouse_presence_doubted_changes_total';
    const doubtedBefore = await b.metric(doubted);
    await stage.redis.kill();
    a.redis.refuse();
    for (const device of gone) device.cut();
    await stage.redis.restart();
    await stage.until(async () => (await b.metric(doubted)) > doubtedBefore, 'a doubt of node b');
    stage.heal();
    await audience.moveTo(late, b);
    const auditing = 'gatehouse_registry_auditing';
    await stage.until(async () => (await a.metric(auditing)) === 0, 'the audit of node a');
    for (const device of leaving) device.logOut();
    await audience.judge(boundMs);
  },
};
