import type { UserRef } from '../user.ts';
import { UserRecord } from './user-record.ts';

/** The users of whom something is known. */
export class Users {
  readonly #users = new Map<string, UserRecord>();
  #walk: MapIterator<[string, UserRecord]> | undefined;

  get count(): number {
    return this.#users.size;
  }

  find(ref: UserRef): UserRecord | undefined {
    return this.#users.get(keyOf(ref));
  }

  /** A record of a user who has none. */
  add(ref: UserRef): UserRecord {
    const user = new UserRecord();
    this.#users.set(keyOf(ref), user);
    return user;
  }

  remove(ref: UserRef): void {
    this.#users.delete(keyOf(ref));
  }

  /** Every user of an app. */
  *ofApp(sdkAppId: number): Generator<UserRef> {
    for (const key of this.#users.keys()) if (key.startsWith(`${sdkAppId}:`)) yield refOf(key);
  }

  /** The next user of an endless walk through all; undefined at the end of each round. */
  next(): { readonly ref: UserRef; readonly user: UserRecord } | undefined {
    this.#walk ??= this.#users.entries();
    const next = this.#walk.next();
    if (next.done === true) {
      this.#walk = undefined;
      return undefined;
    }
    const [key, user] = next.value;
    return { ref: refOf(key), user };
  }
}

/** What names a user in a map. */
export function keyOf({ sdkAppId, userId }: UserRef): string {
  return `${sdkAppId}:${userId}`;
}

function refOf(key: string): UserRef {
  const colonAt = key.indexOf(':');
  return { sdkAppId: Number(key.slice(0, colonAt)), userId: key.slice(colonAt + 1) };
}
