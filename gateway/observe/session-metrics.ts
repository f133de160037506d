import type { GatewayCounters } from './counters.ts';
import { durations, labelled, single, type Scraped } from './scraped.ts';

/** What a node has seen of kick wars. */
export interface WarSources {
  /** Those it has seen begin. */
  readonly kickWars: () => number;
  /** Users whose devices fight over a place, as seen of late. */
  readonly usersAtWar: () => number;
}

/** The sessions there are, and what became of others. */
export function sessionMetrics(counters: GatewayCounters): Scraped[] {
  return [
    labelled(
      'gauge',
      ['sessions', 'platform'],
      'Live sessions of this node.',
      () => counters.sessions,
    ),
    labelled(
      'counter',
      ['kicks_total', 'type'],
      'Sessions of this node ended by a kick.',
      () => counters.kicks,
    ),
    single(
      'counter',
      'replacements_total',
      'Sessions ended because their instance logged in again.',
      () => counters.replacements,
    ),
    single(
      'counter',
      'ticket_warnings_total',
      'Clients told that their ticket ends soon.',
      () => counters.ticketWarnings,
    ),
    single(
      'counter',
      'ticket_expiries_total',
      'Tickets that ended while their user was online.',
      () => counters.ticketExpiries,
    ),
    single(
      'counter',
      'ticket_renewals_total',
      'Tickets renewed on a live session.',
      () => counters.ticketRenewals,
    ),
  ];
}

/** Kick wars (rule KICK-8). */
export function warMetrics({ kickWars, usersAtWar }: WarSources): Scraped[] {
  return [
    single(
      'counter',
      'kick_wars_total',
      'Kick wars seen to begin: devices of a user pushed one another out too often.',
      kickWars,
    ),
    single(
      'gauge',
      'users_at_war',
      'Users a login of whom was damped on this node in the last minute.',
      usersAtWar,
    ),
  ];
}

/** What clients asked for. */
export function requestMetrics(counters: GatewayCounters): Scraped[] {
  return [
    single('counter', 'logins_total', 'Logins that were registered.', () => counters.logins),
    single(
      'counter',
      'repeat_logins_total',
      'Logins of the user who was logged in on the connection already.',
      () => counters.repeatLogins,
    ),
    single(
      'counter',
      'account_switches_total',
      'Logins on a connection that was logged in as another user.',
      () => counters.accountSwitches,
    ),
    single('counter', 'logouts_total', 'Logouts.', () => counters.logouts),
    labelled(
      'counter',
      ['refusals_total', 'code'],
      'Requests refused, by answer code.',
      () => counters.refusals,
    ),
    durations(
      'login_duration_seconds',
      'From a verified ticket to the answer of its login, of registered logins.',
      counters.loginDuration,
    ),
  ];
}
