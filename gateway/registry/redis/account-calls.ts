import { noUsers, type ActivityClass, type DayCounts, type UserActivity } from '../activity.ts';
import type { UserRef } from '../user.ts';
import type { Connections } from './connection.ts';
import type { Keys } from './keys.ts';
import { memberOf } from './keys.ts';
import type { CallParts } from './script-calls.ts';
import type { Late } from './login-replies.ts';
import type { Scripts } from './scripts.ts';

/** Users that one call names: some 0.1 ms of Redis. */
const usersPerBatch = 100;

/** Users of one app and partition, with their places in the list they come from. */
export interface AccountBatch {
  /** The accounts, and the activity of their users. */
  readonly keys: readonly [string, string];
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
      const partition = this.#keys.partitionOf(memberOf(user));
      const key = this.#keys.accounts(partition, sdkAppId);
      let batch = open.get(key);
      if (batch === undefined || batch.userIds.length === usersPerBatch) {
        const keys = [key, this.#keys.activity(partition, sdkAppId)] as const;
        batch = { keys, sdkAppId, userIds: [], places: [] };
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
    { keys, userIds }: AccountBatch,
    wish: 'import' | 'ask',
    notAfter: number,
  ): Promise<readonly boolean[] | Late> {
    const reply = (await this.#connections.run(
      this.#scripts.accounts,
      ...keys,
      wish,
      String(notAfter),
      ...userIds,
    )) as readonly unknown[];
    if (reply[0] === 'late') return { kind: 'late', storeMs: Number(reply[1]) };
    return reply.map((had) => had === 1);
  }

  /** Reads all partitions. */
  async activity(sdkAppId: number): Promise<UserActivity> {
    const partitions = Array.from({ length: this.#keys.partitions }, (_, partition) => partition);
    const days = new Map<number, DayCounts>();
    let accounts = 0;
    await Promise.all(
      partitions.map(async (partition) => {
        const [count, fields] = await Promise.all([
          this.#connections.ask('hlen', this.#keys.accounts(partition, sdkAppId)),
          this.#connections.ask('hgetall', this.#keys.activity(partition, sdkAppId)),
        ]);
        accounts += count as number;
        addActivity(days, fields as Readonly<Record<string, string>>);
      }),
    );
    return { accounts, days };
  }
}

const classes: Readonly<Record<string, ActivityClass>> = {
  n: 'joined',
  m: 'returned',
  d: 'stayed',
  i: 'imported',
};

function addActivity(days: Map<number, DayCounts>, fields: Readonly<Record<string, string>>): void {
  for (const [field, count] of Object.entries(fields)) {
    const kind = classes[field.slice(0, 1)];
    if (kind === undefined) continue;
    const day = Number(field.slice(1));
    const counts = days.get(day) ?? noUsers();
    counts[kind] += Number(count);
    days.set(day, counts);
  }
}
