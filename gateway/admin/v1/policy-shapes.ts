import { z } from 'zod';
import { platforms, type Platform } from '../../../protocol/platforms.ts';
import { largestInstanceLimit } from '../../policy/login-policy.ts';
import { presets, type PresetName } from '../../policy/presets.ts';
import type { WrittenPolicy } from '../../policy/written-policy.ts';
import type { DoomedSession, PolicyPreview } from '../../registry/policy-port.ts';
import { sampleSession, sessionBody, sessionShape } from './shapes.ts';

const presetNames = Object.keys(presets) as PresetName[];
const limit = z.int().min(1).max(largestInstanceLimit);
const burst = z
  .int()
  .min(0)
  .max(1000)
  .describe('Sessions of one user that logins may end at a stretch; 0: no bound.');
const perMinute = z.int().min(1).max(600).describe('How many more in each minute after that.');

const group = z.strictObject({
  platforms: z.array(z.enum(platforms)).min(1),
  exclusive: z
    .boolean()
    .optional()
    .describe('Only one platform of the group may be online at a time. Left out: false.'),
  max: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Most sessions of one user in the group. Left out: no bound.'),
});

const policy = z
  .union([z.enum(presetNames), z.array(group).min(1)])
  .describe('Which platforms of one user may be online together: by name, or as groups.');

/** What of a policy is to be another one. */
export const policyWish = z.strictObject({
  policy: policy.optional(),
  limits: z
    .partialRecord(z.enum(platforms), limit)
    .optional()
    .describe('Most instances of one user by platform; those left out stay as they are.'),
  evictions: z
    .strictObject({ burst: burst.optional(), perMinute: perMinute.optional() })
    .optional()
    .describe('Bounds of kick wars.'),
});

const everyLimit = Object.fromEntries(platforms.map((name) => [name, limit])) as Record<
  Platform,
  typeof limit
>;

/** A whole policy. */
export const policyFields = {
  policy,
  limits: z.strictObject(everyLimit).describe('Most instances of one user by platform.'),
  evictions: z.strictObject({ burst, perMinute }),
};

/** The version of a policy. */
export const policyVersion = z
  .int()
  .min(0)
  .describe('Grows with each change: its time in Unix milliseconds. 0: it was never changed.');

/** What holds now, with the wish put over it. */
export function merged(now: WrittenPolicy, wish: z.output<typeof policyWish>): WrittenPolicy {
  const limits = { ...now.limits };
  for (const name of platforms) limits[name] = wish.limits?.[name] ?? limits[name];
  return {
    policy: wish.policy ?? now.policy,
    limits,
    evictions: {
      burst: wish.evictions?.burst ?? now.evictions.burst,
      perMinute: wish.evictions?.perMinute ?? now.evictions.perMinute,
    },
  };
}

/** A policy in the words of /v1. */
export function policyBody({ policy: written, limits, evictions }: WrittenPolicy): object {
  const groups =
    typeof written === 'string'
      ? written
      : written.map((one) => ('platforms' in one ? one : { platforms: one, exclusive: true }));
  return { policy: groups, limits, evictions };
}

/** Most sessions that a preview lists. */
export const mostListed = 200;

/** What a policy would end. */
export const previewShape = z.strictObject({
  count: z.int().min(0).describe('Sessions that would end.'),
  sessions: z
    .array(z.strictObject({ userId: z.string(), ...sessionShape.shape }))
    .describe(`The first ${mostListed} of them, by user and newest first.`),
});

/** A preview in the words of /v1. */
export function previewBody({ count, sessions }: PolicyPreview): z.input<typeof previewShape> {
  return { count, sessions: sessions.map(doomedBody) };
}

function doomedBody({
  userId,
  record,
}: DoomedSession): z.input<typeof previewShape>['sessions'][number] {
  return { userId, ...sessionBody(record) };
}

/** For examples. */
export const samplePolicy = {
  policy: 'triple',
  limits: { web: 2, android: 1, ios: 1, ipad: 1, windows: 1, mac: 1, linux: 1 },
  evictions: { burst: 10, perMinute: 6 },
} as const;

/** For examples. */
export const samplePreview = { count: 1, sessions: [{ userId: 'alice', ...sampleSession }] };
