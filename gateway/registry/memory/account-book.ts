import {
  classOf,
  isForgotten,
  noUsers,
  type ActivityClass,
  type DayCounts,
  type UserActivity,
} from '../activity.ts';
import type { UserRef } from '../user.ts';

/** The accounts of one app. */
interface AppBook {
  /** By UserID: the last day on which the user was active, 0 = never. */
  readonly lastDays: Map<string, number>;
  readonly days: Map<number, DayCounts>;
}

/** The users of each app that have an account, and how many were active on which day. */
export class AccountBook {
  readonly #byApp = new Map<number, AppBook>();

  /** The user was active on this day, and has an account from now on. */
  note(user: UserRef, day: number): void {
    const book = this.#bookOf(user.sdkAppId);
    const lastDay = book.lastDays.get(user.userId);
    if (lastDay !== undefined && lastDay >= day) return;
    book.lastDays.set(user.userId, day);
    count(book, classOf(lastDay, day), day);
  }

  /** Signs a user up who has not been here. */
  import(user: UserRef, day: number): void {
    const book = this.#bookOf(user.sdkAppId);
    if (book.lastDays.has(user.userId)) return;
    book.lastDays.set(user.userId, 0);
    count(book, 'imported', day);
  }

  has({ sdkAppId, userId }: UserRef): boolean {
    return this.#byApp.get(sdkAppId)?.lastDays.has(userId) ?? false;
  }

  /** Whether there was one. */
  remove({ sdkAppId, userId }: UserRef): boolean {
    return this.#byApp.get(sdkAppId)?.lastDays.delete(userId) ?? false;
  }

  activity(sdkAppId: number): UserActivity {
    const { lastDays, days } = this.#bookOf(sdkAppId);
    return { accounts: lastDays.size, days: new Map(days) };
  }

  #bookOf(sdkAppId: number): AppBook {
    let book = this.#byApp.get(sdkAppId);
    if (book === undefined) {
      book = { lastDays: new Map(), days: new Map() };
      this.#byApp.set(sdkAppId, book);
    }
    return book;
  }
}

function count({ days }: AppBook, kind: ActivityClass, today: number): void {
  let counts = days.get(today);
  if (counts === undefined) {
    days.set(today, (counts = noUsers()));
    for (const day of days.keys()) if (isForgotten(day, today)) days.delete(day);
  }
  counts[kind] += 1;
}
