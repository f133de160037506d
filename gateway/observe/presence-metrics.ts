import type { GatewayCounters } from './counters.ts';
import { single, type Scraped } from './scraped.ts';

/** What presence has done, as plain numbers since the start. */
export interface PresenceReading {
  readonly told: number;
  readonly stale: number;
  readonly doubted: number;
  readonly coalesced: number;
  readonly notifications: number;
  readonly callbacks: number;
  readonly callbackFailures: number;
}

/** Where the metrics of presence come from. */
export interface PresenceSources {
  /** Sessions without a link, held for their clients. */
  readonly lostSessions: () => number;
  readonly presence: PresenceReading;
  readonly watchedUsers: () => number;
  readonly watches: () => number;
}

/** Held sessions, watches and what watchers were told. */
export function presenceMetrics(sources: PresenceSources, counters: GatewayCounters): Scraped[] {
  return [...linkMetrics(counters, sources.lostSessions), ...watchMetrics(sources)];
}

function linkMetrics(counters: GatewayCounters, lostSessions: () => number): Scraped[] {
  return [
    single(
      'gauge',
      'lost_sessions',
      'Of the live sessions, those that lost their link and are held for their client.',
      lostSessions,
    ),
    single(
      'counter',
      'lost_links_total',
      'Sessions that lost their link without a goodbye and were held.',
      () => counters.lostLinks,
    ),
    single(
      'counter',
      'regained_links_total',
      'Of these, sessions whose client came back in time, to any node.',
      () => counters.regainedLinks,
    ),
  ];
}

function watchMetrics({ presence, watchedUsers, watches }: PresenceSources): Scraped[] {
  const count = (name: string, help: string, read: () => number): Scraped =>
    single('counter', `presence_${name}_total`, help, read);
  return [
    single('gauge', 'watched_users', 'Users somebody on this node watches.', watchedUsers),
    single('gauge', 'watches', 'Watches of the sessions of this node.', watches),
    count(
      'changes',
      'Statuses of watched users told by the registry, old ones included.',
      () => presence.told,
    ),
    count('stale_changes', 'Of these, those that were not newer.', () => presence.stale),
    count(
      'doubted_changes',
      'Of these, those that knew nothing of a known user and were not believed at once.',
      () => presence.doubted,
    ),
    count(
      'coalesced_changes',
      'Changes merged into a later one of the same user.',
      () => presence.coalesced,
    ),
    count(
      'notifications',
      'Changes handed to the sessions of watchers, held ones included.',
      () => presence.notifications,
    ),
    count('callbacks', 'Calls to the back end about who may be seen.', () => presence.callbacks),
    count(
      'callback_failures',
      'Of these, those without a usable answer.',
      () => presence.callbackFailures,
    ),
  ];
}
