import { z } from 'zod';
import { isAdminKey, isAdminKeyHash } from '../access/admin-key.ts';
import { adminScopes, allScopes } from '../access/scopes.ts';
import { filePath, keyDocs } from './key-doc.ts';

const uint32Max = 0xffff_ffff;
const keyShape =
  'text of `gatehouse key new`: ghk_ and 43 characters, or sha256: and 64 hex digits';

const isUnique = (list: readonly unknown[]): boolean => new Set(list).size === list.length;

const adminKey = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,32}$/)
      .register(keyDocs, {
        meaning: 'What the log calls the key.',
        shape: '1 to 32 letters, digits, _ and -, each name once',
      }),
    hash: z.string().refine(isAdminKeyHash).optional().register(keyDocs, {
      meaning: 'The hash of the key, as `gatehouse key new` prints it.',
      shape: 'sha256: and 64 hex digits',
      secret: true,
    }),
    keyFile: filePath('A file that holds the key or its hash, instead of `hash`.'),
    scopes: z
      .array(z.enum(Object.keys(adminScopes) as [keyof typeof adminScopes]))
      .min(1)
      .refine(isUnique)
      .register(keyDocs, {
        meaning: 'What the key may do.',
        shape: `list of ${allScopes.join(', ')}`,
      }),
    apps: z
      .array(z.int().min(1).max(uint32Max))
      .min(1)
      .refine(isUnique)
      .optional()
      .register(keyDocs, {
        meaning: 'The apps whose users it may see and change.',
        shape: 'list of SDKAppIDs',
        defaultText: 'all apps',
      }),
  })
  .refine((key) => (key.hash === undefined) !== (key.keyFile === undefined), {
    message: 'needs either hash or keyFile, and not both',
  });

/** The section `admin`: who may call /v1. */
export const admin = z.strictObject({
  key: z
    .string()
    .refine((text) => isAdminKey(text) || isAdminKeyHash(text))
    .optional()
    .register(keyDocs, {
      meaning: 'A key that may do everything under /v1, or its hash.',
      shape: keyShape,
      defaultText: 'none (in development mode one made at each start)',
      secret: true,
    }),
  keys: z.array(adminKey).max(64).default([]).register(keyDocs, {
    meaning: 'Keys for /v1 that may do some things.',
    shape: 'list of {name, hash or keyFile, scopes, apps}',
    defaultText: 'none',
    isFileOnly: true,
  }),
});
