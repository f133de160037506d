import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Revocation } from '../../gateway/registry/restrictions.ts';
import type { LoginRequest, TicketFacts } from '../../gateway/registry/login.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import {
  believes,
  freshUser,
  heardOf,
  hears,
  inAnHour,
  liveSessions,
  loginOf,
  register,
  ticketUntil,
  watch,
} from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';

const nowS = (): number => Math.floor(Date.now() / 1000);
const secondOf = ({ atMs }: Revocation): number => Math.floor(atMs / 1000);

/** A ticket of its own, issued in a given second. */
function issuedAt(second: number): TicketFacts {
  return { ...ticketUntil(inAnHour), ticketIssuedAt: second };
}

/** The ticket alone, for another login with it. */
function ticketOf({ ticketEndsAt, ticketIssuedAt, ticketFingerprint }: TicketFacts): TicketFacts {
  return { ticketEndsAt, ticketIssuedAt, ticketFingerprint };
}

/** What every registry has to promise about bans and revoked tickets. */
export function describeRestrictions(name: string, fleet: Fleet): void {
  describe(`${name} registry, of a user with restrictions`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    const kindOf = async (request: LoginRequest): Promise<string> =>
      (await b.registry.login(request)).kind;
    const tablet = (user: UserRef, wish: Partial<LoginRequest> = {}): LoginRequest =>
      loginOf(user, { instanceId: 'tablet', platform: 'mac', ...wish });

    describe('revocation', () => {
      it('[REVOKE-1] kills tickets issued before, used or not, and none that is issued after', async () => {
        const user = freshUser();
        const used = loginOf(user);
        await register(a, used);
        const revocation = await b.registry.revoke(user);
        expect(Math.abs(revocation.atMs - Date.now())).toBeLessThan(60_000);
        const at = secondOf(revocation);
        for (const ticket of [ticketOf(used), issuedAt(at - 1), issuedAt(0)]) {
          const outcome = await b.registry.login(loginOf(user, ticket));
          expect(outcome).toEqual({ kind: 'revoked', at });
        }
        expect(await a.registry.sessions(user)).toEqual([]);
        await register(a, loginOf(user, issuedAt(at)));
        await register(a, tablet(user, issuedAt(at + 1)));
        expect(await a.registry.sessions(user)).toHaveLength(2);
      });

      it('[REVOKE-1] kills a ticket of its own second that a session has or had', async () => {
        await vi.waitFor(
          async () => {
            const user = freshUser();
            const second = nowS();
            const logins = ['live', 'left', 'lost', 'evicted', 'replaced', 'renewed'].map(
              (instanceId) => loginOf(user, { instanceId, platform: 'web', ...issuedAt(second) }),
            );
            const [, left, lost, evicted, replaced, renewed] = logins as [
              LoginRequest,
              LoginRequest,
              LoginRequest,
              LoginRequest,
              LoginRequest,
              LoginRequest,
            ];
            const wide = { ...evicted.policy, limits: { ...evicted.policy.limits, web: 10 } };
            for (const login of logins) await register(a, { ...login, policy: wide });
            await a.registry.logout(left, 'left');
            await a.registry.logout(lost, 'lost');
            await a.registry.kick(user, { instanceIds: ['evicted'] }, 'REST');
            await register(b, { ...loginOf(user, { instanceId: 'replaced' }), policy: wide });
            await a.registry.renew(renewed, issuedAt(second));
            const revocation = await b.registry.revoke(user);
            // Else the second was over too soon: once more.
            expect(secondOf(revocation)).toBe(second);
            for (const login of logins) {
              const again = tablet(user, ticketOf(login));
              expect(await b.registry.login(again), login.instanceId).toEqual({
                kind: 'revoked',
                at: second,
              });
            }
            expect(replaced.ticketIssuedAt).toBe(second);
            await register(b, tablet(user, issuedAt(second)));
          },
          { timeout: 20_000, interval: 1 },
        );
      });

      it('[REVOKE-1] kills a used ticket that a clock ahead has dated later', async () => {
        const user = freshUser();
        const ahead = nowS() + 20;
        const [live, ended, renewed] = [
          loginOf(user, { instanceId: 'live', platform: 'web', ...issuedAt(ahead) }),
          loginOf(user, { instanceId: 'ended', platform: 'ios', ...issuedAt(ahead) }),
          loginOf(user, { instanceId: 'renewed', platform: 'mac' }),
        ];
        for (const login of [live, ended, renewed]) await register(a, login);
        await a.registry.logout(ended, 'left');
        const later = issuedAt(ahead);
        await a.registry.renew(renewed, later);
        await a.registry.revoke(user);
        for (const ticket of [live, ended, later]) {
          expect(await kindOf(tablet(user, ticketOf(ticket)))).toBe('revoked');
        }
        // Another revocation does not forget them.
        await a.registry.revoke(user);
        expect(await kindOf(tablet(user, ticketOf(ended)))).toBe('revoked');
        await register(b, tablet(user, issuedAt(ahead)));
      });

      it('[REVOKE-2] ends all sessions, marks them and tells their nodes and those who watch', async () => {
        const user = freshUser();
        const [phone, mac] = [loginOf(user), tablet(user)];
        await register(a, phone);
        await register(b, mac);
        await watch(a, user);
        const { ended, atMs } = await a.registry.revoke(user);
        expect(ended).toMatchObject([
          { session: { sessionId: mac.sessionId, nodeId: b.registry.nodeId } },
          { session: { sessionId: phone.sessionId, instanceId: 'phone' } },
        ]);
        expect(await hears(a, phone.sessionId)).toMatchObject({
          kind: 'kicked',
          kick: { type: 'REST', byPlatform: '', byInstanceId: '' },
        });
        expect(await hears(b, mac.sessionId)).toMatchObject({ kind: 'kicked' });
        await believes(a, user, { state: 'offline' });
        expect(await a.registry.restrictions(user)).toEqual({ ban: undefined, revokedAtMs: atMs });
        const back = loginOf(user, { ...ticketOf(phone), refuseIfKicked: true });
        expect(await b.registry.login(back)).toMatchObject({
          kind: 'kicked',
          kick: { sessionId: phone.sessionId, type: 'REST' },
        });
        // A repeat of the login that it has ended is told so as well.
        expect(await kindOf(phone)).toBe('kicked');
      });

      it('[REVOKE-2] ends nobody who comes after it', async () => {
        const user = freshUser();
        const old = loginOf(user);
        await register(a, old);
        const revocation = await a.registry.revoke(user);
        const next = loginOf(user, issuedAt(secondOf(revocation)));
        await register(a, next);
        expect(await heardOf(a, [old.sessionId, next.sessionId])).toMatchObject([
          { kick: { sessionId: old.sessionId } },
        ]);
        expect(await liveSessions(b, user)).toEqual([next.sessionId]);
      });

      it('[REVOKE-1] is remembered of a user nobody knew', async () => {
        const user = freshUser();
        expect((await a.registry.revoke(user)).ended).toEqual([]);
        expect(await kindOf(loginOf(user))).toBe('revoked');
        expect(await a.registry.restrictions(freshUser())).toEqual({
          ban: undefined,
          revokedAtMs: undefined,
        });
      });

      it('[REVOKE-4] ends a session that is renewed with a revoked ticket', async () => {
        const user = freshUser();
        const old = ticketUntil(inAnHour + 3600);
        const revocation = await a.registry.revoke(user);
        const phone = loginOf(user, issuedAt(secondOf(revocation)));
        const mac = tablet(user, issuedAt(secondOf(revocation)));
        await register(a, phone);
        await register(a, mac);
        expect(await a.registry.renew(phone, old)).toBe('absent');
        expect(await hears(a, phone.sessionId)).toMatchObject({
          kind: 'kicked',
          kick: { type: 'REST' },
        });
        expect(await liveSessions(b, user)).toEqual([mac.sessionId]);
        expect(await a.registry.renew(mac, issuedAt(secondOf(revocation) + 1))).toBe('done');
      });

      it('leaves other users and other apps alone', async () => {
        const user = freshUser();
        const namesake = { ...user, sdkAppId: user.sdkAppId + 1 };
        const other = loginOf(namesake);
        await register(a, other);
        await a.registry.revoke(user);
        await a.registry.ban(user, Infinity);
        expect(await liveSessions(a, namesake)).toEqual([other.sessionId]);
        await register(a, loginOf(namesake, ticketOf(other)));
      });

      it('lets no login of a race through that was sent with an old ticket', async () => {
        const user = freshUser();
        const nodes = [a, b];
        const logins = Array.from({ length: 40 }, (_, i) => loginOf(user, { instanceId: `i${i}` }));
        const sent = logins.map((login, i) => {
          const node = nodes[i % 2] as FleetNode;
          node.claimed.set(login.sessionId, login.sdkAppId);
          return node.registry.login(login);
        });
        await a.registry.revoke(user);
        const kinds = new Set((await Promise.all(sent)).map(({ kind }) => kind));
        expect([...kinds].filter((kind) => kind !== 'registered' && kind !== 'revoked')).toEqual(
          [],
        );
        expect(await a.registry.sessions(user)).toEqual([]);
      });
    });

    describe('ban', () => {
      it('[BAN-1] refuses every login until its end, and tells when that is', async () => {
        const user = freshUser();
        const endsAt = nowS() + 3600;
        expect(await a.registry.ban(user, endsAt)).toEqual([]);
        for (const wish of [{}, { refuseIfKicked: true }, issuedAt(nowS() + 10)]) {
          expect(await b.registry.login(loginOf(user, wish))).toEqual({ kind: 'banned', endsAt });
        }
        const { ban } = await b.registry.restrictions(user);
        expect(ban).toMatchObject({ endsAt });
        expect(Math.abs((ban?.at ?? 0) - nowS())).toBeLessThan(60);
      });

      it('[BAN-1] may be without an end, until it is lifted', async () => {
        const user = freshUser();
        const phone = loginOf(user);
        await register(a, phone);
        await a.registry.ban(user, Infinity);
        expect(await b.registry.login(loginOf(user))).toEqual({ kind: 'banned', endsAt: Infinity });
        expect((await b.registry.restrictions(user)).ban?.endsAt).toBe(Infinity);
        expect(await b.registry.unban(user)).toBe(true);
        expect(await b.registry.unban(user)).toBe(false);
        expect((await b.registry.restrictions(user)).ban).toBeUndefined();
        // Tickets hold as before: a ban revokes none.
        await register(b, loginOf(user, ticketOf(phone)));
      });

      it('[BAN-1] ends by itself', async () => {
        const user = freshUser();
        await a.registry.ban(user, nowS() + 1);
        await vi.waitFor(async () => expect(await kindOf(loginOf(user))).toBe('registered'), {
          timeout: 5000,
          interval: 50,
        });
        expect((await b.registry.restrictions(user)).ban).toBeUndefined();
        expect(await a.registry.unban(user)).toBe(false);
      });

      it('[BAN-2] ends all sessions as banned, and tells an instance that comes back', async () => {
        const user = freshUser();
        const [phone, mac] = [loginOf(user), tablet(user)];
        await register(a, phone);
        await register(b, mac);
        await watch(a, user);
        const ended = await b.registry.ban(user, nowS() + 3600);
        expect(ended.map(({ session }) => session.sessionId)).toEqual([
          mac.sessionId,
          phone.sessionId,
        ]);
        for (const [node, login] of [
          [a, phone],
          [b, mac],
        ] as const) {
          expect(await hears(node, login.sessionId)).toMatchObject({
            kind: 'kicked',
            kick: { type: 'banned', byPlatform: '', byInstanceId: '' },
          });
        }
        await believes(a, user, { state: 'offline' });
        await a.registry.unban(user);
        expect(await a.registry.login(loginOf(user, { refuseIfKicked: true }))).toMatchObject({
          kind: 'kicked',
          kick: { type: 'banned' },
        });
        await register(a, loginOf(user));
      });

      it('[BAN-3] takes the place of an earlier one, and goes before a kick and a revocation', async () => {
        const user = freshUser();
        await register(a, loginOf(user));
        await a.registry.revoke(user);
        const endsAt = nowS() + 7200;
        await a.registry.ban(user, Infinity);
        await a.registry.ban(user, endsAt);
        const back = loginOf(user, { refuseIfKicked: true });
        expect(await b.registry.login(back)).toEqual({ kind: 'banned', endsAt });
        await a.registry.unban(user);
        expect(await kindOf(loginOf(user))).toBe('revoked');
      });
    });
  });
}
