import { z } from 'zod';
import { platforms, type Platform } from '../../protocol/platforms.ts';
import { largestInstanceLimit } from '../policy/login-policy.ts';
import { presets, type PresetName } from '../policy/presets.ts';
import { filePath, keyDocs } from './key-doc.ts';
import { momentOf } from './moment.ts';
import { appWebhooks } from './webhook-schema.ts';

const uint32Max = 0xffff_ffff;

const policyNames = Object.keys(presets) as PresetName[];

const policyGroup = z.strictObject({
  platforms: z
    .array(z.enum(platforms))
    .min(1)
    .register(keyDocs, {
      meaning: 'The platforms of one group of a custom policy.',
      shape: `list of ${platforms.join(', ')}`,
    }),
  exclusive: z.boolean().optional().register(keyDocs, {
    meaning: 'Only one platform of the group may be online at a time.',
    defaultText: 'false',
  }),
  max: z.int().min(1).max(1000).optional().register(keyDocs, {
    meaning: 'Most sessions of one user in the whole group.',
    defaultText: 'no bound',
  }),
});

/** Platforms that share a bound, as written in the file. Left out: not exclusive, no bound of the group. */
export type PolicyGroupSetting = z.output<typeof policyGroup>;

/** How a login policy is written, in words. */
export const policyShape = `one of ${policyNames.join(', ')}; or, in the file, a list of {platforms, exclusive, max}`;
/** A login policy by name or as groups. */
export const policy = z.union([z.enum(policyNames), z.array(policyGroup).min(1)]);
/** What becomes of an automatic login of an instance that was kicked while away. */
export const kickedReturn = z.enum(['refuse', 'allow']);
/** Whether users of an app may send one another messages. */
export const userMessages = z.enum(['off', 'allow', 'callback']);
const instanceLimit = z.int().min(1).max(largestInstanceLimit);

const limitOf = (platform: Platform) =>
  instanceLimit
    .default(1)
    .register(keyDocs, { meaning: `Most instances of one user on ${platform} at a time.` });

/** Instance limits by platform. */
export const limits = z.strictObject({
  web: limitOf('web'),
  android: limitOf('android'),
  ios: limitOf('ios'),
  ipad: limitOf('ipad'),
  windows: limitOf('windows'),
  mac: limitOf('mac'),
  linux: limitOf('linux'),
} satisfies Record<Platform, z.ZodType>);

const evictionBurst = z.int().min(0).max(1000);
const evictionsPerMinute = z.int().min(1).max(600);

/** How often the logins of one user may push out sessions of the user. */
export const evictions = z.strictObject({
  burst: evictionBurst.default(10).register(keyDocs, {
    meaning:
      'Sessions of one user that logins of the user may end at a stretch; more are a kick war and are slowed. 0: no bound.',
  }),
  perMinute: evictionsPerMinute
    .default(6)
    .register(keyDocs, { meaning: 'How many more in each minute after that.' }),
});

/** Whose tickets may call REST. */
export const admins = z
  .array(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/))
  .max(16)
  .refine((names) => new Set(names).size === names.length);
/** How a list of admins looks, in words. */
export const adminsShape = 'list of at most 16 UserIDs, each once; in the file it may be empty';

const appKey = z
  .strictObject({
    secret: z.string().min(1).optional().register(keyDocs, {
      meaning:
        'A secret key of the app. Several keys are accepted together while one replaces the other.',
      shape: 'text',
      secret: true,
    }),
    secretFile: filePath('A file that holds the secret key, instead of `secret`.'),
    endsAt: z
      .string()
      .refine((value) => momentOf(value) !== undefined)
      .optional()
      .register(keyDocs, {
        meaning: 'The key is refused after this second. Left out: it holds.',
        shape:
          'ISO date, for its first second in UTC, or date and time with Z or an offset, such as 2030-01-31T12:00:00Z',
      }),
  })
  .refine((key) => (key.secret === undefined) !== (key.secretFile === undefined), {
    message: 'needs either secret or secretFile, and not both',
  });

/** One app of the file: its ID, its keys and what differs from the top level. */
export const app = z.strictObject({
  id: z.int().min(1).max(uint32Max).register(keyDocs, { meaning: 'The SDKAppID.' }),
  keys: z.array(appKey).min(1).max(8).register(keyDocs, {
    meaning: 'The secret keys of the app, 1 to 8.',
    shape: 'list of {secret or secretFile, endsAt}',
    secret: true,
  }),
  policy: policy.optional().register(keyDocs, {
    meaning: 'Login policy of this app.',
    shape: policyShape,
    defaultText: '`policy`',
  }),
  limits: z
    .partialRecord(z.enum(platforms), instanceLimit)
    .optional()
    .register(keyDocs, {
      meaning: 'Limits per platform of this app.',
      shape: `object of platform and whole number from 1 to ${largestInstanceLimit}`,
      defaultText: '`limits`',
    }),
  evictions: z
    .strictObject({ burst: evictionBurst.optional(), perMinute: evictionsPerMinute.optional() })
    .optional()
    .register(keyDocs, {
      meaning: 'Bounds of kick wars of this app.',
      shape: 'object of burst and perMinute',
      defaultText: '`evictions`',
    }),
  kickedReturn: kickedReturn.optional().register(keyDocs, {
    meaning: 'What an automatic login of a kicked instance of this app gets.',
    defaultText: '`kickedReturn`',
  }),
  userMessages: userMessages.optional().register(keyDocs, {
    meaning: 'Whether users of this app may send one another messages.',
    defaultText: '`userMessages`',
  }),
  admins: admins.optional().register(keyDocs, {
    meaning: 'Users of this app whose tickets may call REST.',
    shape: adminsShape,
    defaultText: '`admins`',
  }),
  webhooks: appWebhooks.optional(),
});
