import { createHash, timingSafeEqual } from 'node:crypto';
import type { AdminScope } from '../../access/scopes.ts';
import { refuse, type V1Refusal } from './reply.ts';

/** A key as the configuration gives it. */
export interface AdminKeySource {
  readonly name: string;
  /** `sha256:` and 64 hex digits. */
  readonly hash: string;
  readonly scopes: readonly AdminScope[];
  /** SDKAppIDs; undefined: all. */
  readonly apps?: readonly number[];
}

/** Who calls: a key this gateway knows, without the key itself. */
export interface AdminKey {
  readonly kind: 'key';
  readonly name: string;
  readonly scopes: ReadonlySet<AdminScope>;
  /** undefined: all. */
  readonly apps: ReadonlySet<number> | undefined;
}

/** Far more than any key has. */
const longestHeader = 512;

/** The keys for /v1 of a node. */
export class AdminKeys {
  readonly #keys: readonly { readonly hash: Buffer; readonly key: AdminKey }[];

  constructor(sources: readonly AdminKeySource[]) {
    this.#keys = sources.map(({ name, hash, scopes, apps }) => ({
      hash: Buffer.from(hash.replace('sha256:', ''), 'hex'),
      key: {
        kind: 'key',
        name,
        scopes: new Set(scopes),
        apps: apps === undefined ? undefined : new Set(apps),
      },
    }));
  }

  /** The key in a header Authorization. It takes the same time for every key that is not known. */
  judge(authorization: string | undefined): AdminKey | V1Refusal {
    const [, text] = /^Bearer +(\S+)$/i.exec((authorization ?? '').slice(0, longestHeader)) ?? [];
    if (text === undefined) return refuse('keyMissing');
    const given = createHash('sha256').update(text).digest();
    let found: AdminKey | undefined;
    // All of them, also behind the right one.
    for (const { hash, key } of this.#keys) if (timingSafeEqual(hash, given)) found = key;
    return found ?? refuse('keyUnknown');
  }
}
