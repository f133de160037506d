import { describe, expect, it } from 'vitest';
import { dayMs, dayOf, reportOf } from '../../gateway/registry/activity.ts';
import { MemoryRegistry } from '../../gateway/registry/memory/memory-registry.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { retention } from '../../gateway/registry/retention.ts';
import { describeAccounts } from './account-conformance.ts';
import { describeRegistry } from './conformance.ts';
import { describeEvents } from './event-conformance.ts';
import { wishes } from './event-wishes.ts';
import { describeKickWars } from './kick-war-conformance.ts';
import { believes, freshUser, loginOf, register, startNode, watch } from './fleet.ts';
import { MemoryFleet } from './fleets.ts';
import { configured, describePolicies, policyWishes } from './policy-conformance.ts';
import { describeNodes } from './node-conformance.ts';
import { describePresence } from './presence-conformance.ts';
import { describeKeptPushes, describePushes } from './push-conformance.ts';
import { describeRestrictions } from './restriction-conformance.ts';
import { describeTraffic } from './traffic-conformance.ts';

describeRegistry('memory', new MemoryFleet());
describeAccounts('memory', new MemoryFleet());
describeTraffic('memory', new MemoryFleet());
describeNodes('memory', new MemoryFleet());
describeKickWars('memory', new MemoryFleet());
describePolicies(
  'memory',
  new MemoryFleet(new MemoryStore(Date.now, { policies: configured, events: policyWishes })),
  (fleet) => fleet.node(),
);
describePresence('memory', new MemoryFleet());
describePushes('memory', new MemoryFleet());
const keeping = { keepS: 60, count: 5, bytes: 16_384 };
const keepers = new MemoryFleet(new MemoryStore(Date.now, { keeping }));
describeKeptPushes('memory', keepers, () => keepers.node());
describeRestrictions('memory', new MemoryFleet());
describeEvents('memory', new MemoryFleet(new MemoryStore(Date.now, { events: wishes })));

describe('memory store', () => {
  it('gives growing epochs when the clock goes back', async () => {
    let nowMs = 1_700_000_000_000;
    const node = await startNode(new MemoryRegistry('n', new MemoryStore(() => nowMs)));
    const user = freshUser();
    const first = await register(node, loginOf(user));
    nowMs -= 60_000;
    expect(await register(node, loginOf(user))).toBe(first + 1);
  });

  it('forgets a kick after its time', async () => {
    let nowMs = 1_700_000_000_000;
    const node = await startNode(new MemoryRegistry('n', new MemoryStore(() => nowMs)));
    const user = freshUser();
    await register(node, loginOf(user));
    await node.registry.kick(user, 'all', 'REST');
    nowMs += (retention.markLifeS - 1) * 1000;
    const early = await node.registry.login(loginOf(user, { refuseIfKicked: true }));
    expect(early.kind).toBe('kicked');
    nowMs += 1000;
    await register(node, loginOf(user, { refuseIfKicked: true }));
  });

  it('does not grow with users of whom nothing is left', async () => {
    let nowMs = 1_700_000_000_000;
    const store = new MemoryStore(() => nowMs);
    const node = await startNode(new MemoryRegistry('n', store));
    for (let i = 0; i < 100; i += 1) {
      const login = loginOf(freshUser(), { ticketIssuedAt: nowMs / 1000 - 60 });
      await register(node, login);
      if (i % 2 === 0) await node.registry.logout(login, 'left');
      else await node.registry.kick(login, 'all', 'REST');
    }
    expect(store.book.users.count).toBe(50);
    nowMs += retention.markLifeS * 1000;
    const last = loginOf(freshUser(), { ticketIssuedAt: nowMs / 1000 - 60 });
    for (let i = 0; i < 50; i += 1) await register(node, { ...last, sessionId: `again-${i}` });
    expect(store.book.users.count).toBe(1);
  });

  it('tells the days of an app: who signed up, who was active on the day and in the month', async () => {
    let nowMs = Date.UTC(2024, 1, 27, 12);
    const node = await startNode(new MemoryRegistry('n', new MemoryStore(() => nowMs)));
    const [early, late, imported] = [freshUser(), freshUser(), freshUser()];
    const come = (user: UserRef) =>
      register(node, loginOf(user, { ticketEndsAt: nowMs / 1000 + 60, ticketIssuedAt: 1 }));
    await come(early);
    await node.registry.accounts.import([imported]);
    nowMs += 2 * dayMs;
    // With a session of another day, and then of this one.
    await come(early);
    await come(early);
    await come(late);
    nowMs += dayMs;
    await come(late);
    const activity = await node.registry.accounts.activity(early.sdkAppId);
    expect(activity.accounts).toBe(3);
    const report = (...date: [number, number, number]) =>
      reportOf(activity, dayOf(Date.UTC(...date)));
    expect(report(2024, 1, 27)).toEqual({ signedUp: 2, active: 1, activeInMonth: 1 });
    expect(report(2024, 1, 28)).toEqual({ signedUp: 0, active: 0, activeInMonth: 1 });
    expect(report(2024, 1, 29)).toEqual({ signedUp: 1, active: 2, activeInMonth: 2 });
    expect(report(2024, 2, 1)).toEqual({ signedUp: 0, active: 1, activeInMonth: 1 });
    nowMs += retention.activityDays * dayMs;
    await come(early);
    const days = [...(await node.registry.accounts.activity(early.sdkAppId)).days.keys()];
    expect(days).toEqual([dayOf(nowMs)]);
  });

  it('keeps accounts of users of whom nothing else is left', async () => {
    const store = new MemoryStore();
    const node = await startNode(new MemoryRegistry('n', store));
    const login = loginOf(freshUser());
    await register(node, login);
    await node.registry.logout(login, 'left');
    expect(store.book.users.count).toBe(0);
    expect(await node.registry.accounts.exist([login])).toEqual([true]);
  });

  it('ends push-online after its time and tells watchers with the next audit', async () => {
    let nowMs = 1_700_000_000_000;
    const store = new MemoryStore(() => nowMs, { pushOnlineS: 100 });
    const node = await startNode(new MemoryRegistry('n', store));
    const user = freshUser();
    const phone = loginOf(user, { ticketIssuedAt: nowMs / 1000 - 60 });
    await register(node, phone);
    await node.registry.setStatus(phone, 'busy');
    await node.registry.logout(phone, 'lost');
    nowMs += 99_000;
    const before = await watch(node, user);
    expect(before).toMatchObject({ state: 'pushOnline', customStatus: 'busy' });
    nowMs += 1000;
    store.statuses.audit('n');
    const after = await believes(node, user, { state: 'offline', customStatus: '' });
    expect(after.version).toBeGreaterThan(before.version);
    expect(store.book.users.count).toBe(0);
  });

  it('forgets a used ticket when its second is over', async () => {
    let nowMs = 1_700_000_000_500;
    const store = new MemoryStore(() => nowMs);
    const node = await startNode(new MemoryRegistry('n', store));
    const phone = loginOf(freshUser(), { ticketIssuedAt: 1_700_000_000 });
    await register(node, phone);
    await node.registry.logout(phone, 'left');
    expect(store.book.users.count).toBe(1);
    nowMs += 500;
    const other = loginOf(freshUser(), { ticketIssuedAt: 1_600_000_000 });
    await register(node, other);
    await register(node, other);
    expect(store.book.users.count).toBe(1);
  });

  it('[REVOKE-5] knows a revocation for its time, and a ban until its end', async () => {
    let nowMs = 1_700_000_000_000;
    const store = new MemoryStore(() => nowMs, { revocationLifeS: 1000 });
    const node = await startNode(new MemoryRegistry('n', store));
    const [revoked, banned] = [freshUser(), freshUser()];
    const old = { ticketIssuedAt: 1_600_000_000 };
    await node.registry.revoke(revoked);
    await node.registry.ban(banned, 1_700_002_000);
    const someLogins = async (): Promise<number> => {
      const other = loginOf(freshUser(), old);
      for (let i = 0; i < 4; i += 1) await register(node, other);
      await node.registry.logout(other, 'left');
      return store.book.users.count;
    };
    nowMs += 999_000;
    expect(await someLogins()).toBe(2);
    expect(await node.registry.login(loginOf(revoked, old))).toMatchObject({ kind: 'revoked' });
    nowMs += 1000;
    expect(await someLogins()).toBe(1);
    expect(await node.registry.login(loginOf(banned, old))).toMatchObject({ kind: 'banned' });
    nowMs += 1_000_000;
    expect(await someLogins()).toBe(0);
  });

  it('[PUSH-7] keeps pushes for their time and forgets them', async () => {
    let nowMs = 1_700_000_000_000;
    const store = new MemoryStore(() => nowMs, { keeping });
    const node = await startNode(new MemoryRegistry('n', store));
    const [user, other] = [freshUser(), freshUser()];
    const content = { sender: 'bob', topic: 'C2C', body: 'hi' };
    const missed = async (): Promise<number> =>
      (await node.registry.pushes.missed({ ...user, instanceId: 'phone' }, 0)).length;
    for (const one of [user, other]) await register(node, loginOf(one));
    await node.registry.pushes.toUser(user, content, 'all');
    nowMs += 59_000;
    await node.registry.pushes.toUser(other, content, 'all');
    expect(await missed()).toBe(1);
    nowMs += 1001;
    expect(await missed()).toBe(0);
  });

  it('forgets an instance that was on no mobile after a day, and its kick with it', async () => {
    let nowMs = 1_700_000_000_000;
    const store = new MemoryStore(() => nowMs);
    const node = await startNode(new MemoryRegistry('n', store));
    const user = freshUser();
    const mac = loginOf(user, { instanceId: 'mac', platform: 'mac' });
    await register(node, mac);
    await node.registry.logout(mac, 'lost');
    nowMs += retention.lostLifeS * 1000;
    await register(node, loginOf(user, { instanceId: 'windows', platform: 'windows' }));
    await register(node, { ...mac, sessionId: 'back', refuseIfKicked: true });
  });
});
