import { answerCodes, type AnswerCodeName } from '../../protocol/codes.ts';
import { kickTypes, type KickType } from '../../protocol/kick-types.ts';
import { platforms, type Platform } from '../../protocol/platforms.ts';
import { DurationBuckets } from './duration-buckets.ts';

/** One number for each name of a fixed list, all there from the start so that the object keeps one shape. */
function zeros<const Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

/**
 * What the sessions of this node have done since it started, as plain numbers. The login path adds to them
 * (some 10 ns each); metrics.ts reads them when somebody scrapes. Numbers only grow, except `sessions`.
 */
export class GatewayCounters {
  /** Logins that were registered. */
  logins = 0;
  /** Logins of the user who was logged in on the connection already; only the ticket was taken. */
  repeatLogins = 0;
  /** Logins on a connection that was logged in as somebody else. */
  accountSwitches = 0;
  logouts = 0;
  /** Sessions that ended because the same instance logged in again. */
  replacements = 0;
  /** Links that were lost without a goodbye while somebody was logged in, and whose session was held. */
  lostLinks = 0;
  /** Of these, those whose client came back in time, to whatever node. */
  regainedLinks = 0;
  ticketWarnings = 0;
  ticketExpiries = 0;
  ticketRenewals = 0;
  /** Requests that were refused, by the code of the answer. */
  readonly refusals = zeros(Object.keys(answerCodes) as AnswerCodeName[]);
  /** Sessions of this node that were ended by a kick, by its reason. */
  readonly kicks = zeros(kickTypes);
  /** Live sessions of this node; the one that goes down, too. */
  readonly sessions = zeros(platforms);
  /** From a verified ticket to the answer of its login. */
  readonly loginDuration = new DurationBuckets();

  /** A login was registered, `durationMs` after its frame arrived. */
  countLogin(platform: Platform, durationMs: number): void {
    this.logins++;
    this.sessions[platform]++;
    this.loginDuration.add(durationMs);
  }

  /** A session that was counted by `countLogin` is over, for whatever reason. Exactly once each. */
  countSessionEnd(platform: Platform): void {
    this.sessions[platform]--;
  }

  countRefusal(code: AnswerCodeName): void {
    this.refusals[code]++;
  }

  countKick(type: KickType): void {
    this.kicks[type]++;
  }
}
