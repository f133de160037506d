import type { UserRef } from '../port.ts';
import type { Connections } from './connection.ts';
import type { Keys } from './keys.ts';
import { memberOf } from './keys.ts';
import type { CallParts, Late } from './script-calls.ts';
import type { Scripts } from './scripts.ts';

/** Users that one call names: some 0.1 ms of Redis. */
const usersPerBatch = 100;

/** Users of one app and partition, with their places in the list they come from. */
export interface AccountBatch {
  readonly key: string;
  readonly sdkAppId: number;
  readonly userIds: string[];
  readonly places: number[];
}

/** The script of accounts as a typed call. Every call rejects with StoreFault. */
export class AccountCalls {
  readonly #connections: Connections;
  readonly #scripts: Scripts;
  readonly #keys: Keys;

  constructor({ connections, scripts, keys }: CallParts) {
    this.#connections = connections;
    this.#scripts = scripts;
    this.#keys = keys;
  }

  /** Puts users together that one call can serve. */
  batches(users: readonly UserRef[]): readonly AccountBatch[] {
    const all: AccountBatch[] = [];
    const open = new Map<string, AccountBatch>();
    users.forEach((user, place) => {
      const { sdkAppId, userId } = user;
      const key = this.#keys.accounts(this.#keys.partitionOf(memberOf(user)), sdkAppId);
      let batch = open.get(key);
      if (batch === undefined || batch.userIds.length === usersPerBatch) {
        batch = { key, sdkAppId, userIds: [], places: [] };
        open.set(key, batch);
        all.push(batch);
      }
      batch.userIds.push(userId);
      batch.places.push(place);
    });
    return all;
  }

  /** Whether each had an account before. `notAfter` is Redis time in ms; 0 sets no deadline. */
  async run(
    { key, userIds }: AccountBatch,
    wish: 'import' | 'ask',
    notAfter: number,
  ): Promise<readonly boolean[] | Late> {
    const reply = (await this.#connections.run(
      this.#scripts.accounts,
      key,
      wish,
      String(notAfter),
      ...userIds,
    )) as readonly unknown[];
    if (reply[0] === 'late') return { kind: 'late', storeMs: Number(reply[1]) };
    return reply.map((had) => had === 1);
  }
}
