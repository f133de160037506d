import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoginPolicy } from '../../gateway/policy/login-policy.ts';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { groupOf, survivors } from '../../gateway/policy/survivors.ts';
import { platforms } from '../../protocol/platforms.ts';
import type { Platform } from '../../protocol/platforms.ts';

/** Sessions in the order of their logins, oldest first. */
function logins(...order: readonly Platform[]): { platform: Platform; epoch: number }[] {
  return order.map((platform, index) => ({ platform, epoch: index + 1 }));
}

function keptEpochs(policy: LoginPolicy, ...order: readonly Platform[]): number[] {
  return survivors(policy, logins(...order)).map(({ epoch }) => epoch);
}

describe('survivors', () => {
  it('keeps the newest of a platform that is over its limit', () => {
    const policy = makePolicy({ policy: 'multi', limits: { web: 2 } });
    expect(keptEpochs(policy, 'web', 'web', 'web')).toEqual([3, 2]);
  });

  it('lets several instances of one platform stay in an exclusive group, up to its limit', () => {
    const policy = makePolicy({ policy: 'dual', limits: { ios: 2 } });
    expect(keptEpochs(policy, 'ios', 'web', 'ios')).toEqual([3, 2, 1]);
    expect(keptEpochs(policy, 'ios', 'ios', 'mac')).toEqual([3]);
  });

  it('does not let a session that is kicked itself push out an older one', () => {
    const policy = makePolicy({
      policy: [{ platforms: ['web', 'ios', 'mac'], max: 2 }, { platforms: ['android'] }],
    });
    // ios 2 goes by its limit, so web 1 takes the second place of the group.
    expect(keptEpochs(policy, 'web', 'ios', 'ios')).toEqual([3, 1]);
  });

  it('bounds a group as a whole', () => {
    const policy = makePolicy({ policy: [{ platforms: ['windows', 'mac', 'linux'], max: 2 }] });
    expect(keptEpochs(policy, 'windows', 'mac', 'linux', 'web')).toEqual([4, 3, 2]);
  });

  it('keeps the newest, keeps every bound, and kicks nobody without a cause', () => {
    const policyArb = fc
      .record({
        groupNumbers: fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
        exclusive: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        maxima: fc.array(fc.constantFrom(1, 2, 3, undefined), { minLength: 4, maxLength: 4 }),
        limits: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 7, maxLength: 7 }),
      })
      .map(({ groupNumbers, exclusive, maxima, limits }) =>
        makePolicy({
          policy: [0, 1, 2, 3]
            .map((g) => ({
              platforms: platforms.filter((_, i) => groupNumbers[i] === g),
              exclusive: exclusive[g],
              max: maxima[g],
            }))
            .filter((group) => group.platforms.length > 0),
          limits: Object.fromEntries(platforms.map((platform, i) => [platform, limits[i]])),
        }),
      );
    const loginsArb = fc.array(fc.constantFrom(...platforms), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(policyArb, loginsArb, (policy, order) => {
        const sessions = logins(...order);
        const kept = survivors(policy, sessions);
        expect(kept[0]).toBe(sessions.at(-1));
        expect(isWithin(policy, kept)).toBe(true);
        // Minimal: together with the newer survivors each kicked session would break a bound.
        for (const kicked of sessions.filter((session) => !kept.includes(session))) {
          const newer = kept.filter((other) => other.epoch > kicked.epoch);
          expect(isWithin(policy, [...newer, kicked])).toBe(false);
        }
        expect(survivors(policy, kept)).toEqual(kept);
      }),
    );
  });
});

/** The bounds said plainly, without an order. */
function isWithin(policy: LoginPolicy, sessions: readonly { platform: Platform }[]): boolean {
  return platforms.every((platform) => {
    const group = groupOf(policy, platform);
    const inGroup = sessions.filter((other) => group.platforms.includes(other.platform));
    const onPlatform = sessions.filter((other) => other.platform === platform);
    const online = new Set(inGroup.map((other) => other.platform));
    return (
      onPlatform.length <= policy.limits[platform] &&
      inGroup.length <= group.max &&
      (!group.exclusive || online.size <= 1)
    );
  });
}
