import type { Platform } from '../../protocol/platforms.ts';

/** Where a client that lost its link can still be reached by a push of its vendor (Tencent's push-online). */
export const mobilePlatforms: readonly Platform[] = ['android', 'ios', 'ipad'];

/** How long the registry remembers what, and how much of it. Both back ends obey the same bounds. */
export const retention = {
  /** Life of a kick mark in seconds: an instance that comes back later is no longer told it was kicked. */
  markLifeS: 7 * 24 * 3600,
  /** Most kick marks of one user; the oldest goes. */
  marksPerUser: 32,
  /** Seconds for which an instance that lost its link is known to be away; mobile ones by `presence.pushOnlineS`. */
  lostLifeS: 24 * 3600,
  /** Most such instances of one user; the one that was lost first goes. */
  lostPerUser: 16,
  /** Most instances of one user that logged out and are remembered, for `recordSlackS`; the first to go is forgotten. */
  pastPerUser: 16,
  /** Most used tickets of one user that are remembered beyond their sessions, in the second of their issue; the oldest goes. */
  ticketsPerUser: 64,
  /** Seconds for which a revocation is known at least, unless the operator says otherwise: Tencent's default life of a ticket. */
  revocationLifeS: 180 * 24 * 3600,
  /** Stands for the end of a ban that has none, in Unix seconds (the year 2286). */
  banWithoutEnd: 9_999_999_999,
  /** Seconds a record outlives its ticket: longer than any grace time, so only sessions of dead nodes meet it. */
  recordSlackS: 3600,
  /** How many earlier sessions of an instance are known by name, to answer a late repeat of their logins. */
  predecessors: 4,
  /** Events of a partition that are kept, about. */
  eventsPerPartition: 10_000,
  /** Life in seconds of a partition's events after the last one. */
  eventLifeS: 7 * 24 * 3600,
  /** Days of which is known how many users were active: any day of the last 30 has its month so far among them. */
  activityDays: 62,
  /** Users that a node holds to a changed policy in a second: some 4 % of a Redis. */
  convergePerS: 1000,
  /** Life in seconds of the list of leases after the last beat of any node: longer than any ticket. */
  leasesLifeS: 400 * 24 * 3600,
} as const;
