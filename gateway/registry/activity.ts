import { retention } from './retention.ts';

/** What a user who is active, or is imported, counts as on that day. */
export type ActivityClass =
  /** Signed up by being active. */
  | 'joined'
  /** Had an account, and was active for the first time in this month. */
  | 'returned'
  /** Had been active earlier in this month. */
  | 'stayed'
  | 'imported';

/** The users of one day, by class: each counts once in one of the first three. */
export type DayCounts = Record<ActivityClass, number>;

/** What the users of an app did. */
export interface UserActivity {
  /** Users who have an account now. */
  readonly accounts: number;
  /** By day, counted from 1970-01-01 in UTC; days on which nobody came may be missing. */
  readonly days: ReadonlyMap<number, DayCounts>;
}

/** One day of an app, in the numbers an operator asks for. */
export interface DayReport {
  readonly signedUp: number;
  /** Users who logged in on this day, each once. */
  readonly active: number;
  /** Users who logged in in this month until this day, each once. */
  readonly activeInMonth: number;
}

/** A day's worth of milliseconds. */
export const dayMs = 24 * 3600 * 1000;

/** The day, in UTC, of a time in Unix ms. */
export function dayOf(unixMs: number): number {
  return Math.floor(unixMs / dayMs);
}

/** A user who has been active before on `lastDay` (0 = never; undefined = has no account) is active on `day`. */
export function classOf(lastDay: number | undefined, day: number): ActivityClass {
  if (lastDay === undefined) return 'joined';
  return isSameMonth(lastDay, day) ? 'stayed' : 'returned';
}

/** The numbers of one day. */
export function reportOf({ days }: UserActivity, day: number): DayReport {
  const { joined, returned, stayed, imported } = days.get(day) ?? noUsers();
  let activeInMonth = 0;
  for (let each = day; isSameMonth(each, day); each -= 1) {
    const counts = days.get(each);
    activeInMonth += (counts?.joined ?? 0) + (counts?.returned ?? 0);
  }
  return { signedUp: joined + imported, active: joined + returned + stayed, activeInMonth };
}

/** A day on which nobody came. */
export function noUsers(): DayCounts {
  return { joined: 0, returned: 0, stayed: 0, imported: 0 };
}

/** Whether a day is forgotten on `today`. */
export function isForgotten(day: number, today: number): boolean {
  return day <= today - retention.activityDays;
}

function isSameMonth(one: number, other: number): boolean {
  const [a, b] = [new Date(one * dayMs), new Date(other * dayMs)];
  return a.getUTCMonth() === b.getUTCMonth() && a.getUTCFullYear() === b.getUTCFullYear();
}
