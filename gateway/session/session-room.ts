import type { GatewayCounters } from '../observe/counters.ts';
import type { Logger } from '../observe/logger.ts';
import type { Presence } from '../presence/presence.ts';
import type { PushCounters } from '../push/counters.ts';
import type { SendGate } from '../push/send-gate.ts';
import type { Registry } from '../registry/port.ts';
import type { AppKeys } from '../ticket/app-keys.ts';
import type { Apps } from './apps.ts';
import type { Clock } from './clock.ts';
import type { DeadlineWheel } from './deadline-wheel.ts';
import type { KickWars } from './kick-wars.ts';
import type { LocalSessions } from './local-sessions.ts';

/** Waits and bounds of sessions. */
export interface SessionSettings {
  /** From the opening of a connection to its login. */
  readonly loginDeadlineMs: number;
  /** Refused logins a connection may have before it is closed. */
  readonly maxFailedLogins: number;
  /** How long before a ticket's end the client is warned; at most half of what is left. */
  readonly ticketWarnMs: number;
  /** How long a connection stays after its ticket's end. */
  readonly ticketGraceMs: number;
  /** How far in the future a ticket may be dated, in seconds. */
  readonly clockToleranceS: number;
  /** How long a session whose link was lost is held for its client; 0: not at all (rule PRESENCE-8). */
  readonly holdMs: number;
  /** Whether pushes are kept for clients that come back (rule PUSH-6). */
  readonly keepsPushes: boolean;
  /** Messages to other users that a session may send in 5 s. */
  readonly maxSends: number;
}

/** What every session of this node shares. */
export interface SessionRoom {
  readonly registry: Registry;
  readonly apps: Apps;
  readonly keys: AppKeys;
  readonly presence: Presence;
  readonly pushes: PushCounters;
  /** Asked about messages between users, where an app wants that. */
  readonly sendGate: SendGate | undefined;
  readonly sessions: LocalSessions;
  readonly wars: KickWars;
  readonly wheel: DeadlineWheel;
  readonly clock: Clock;
  readonly settings: SessionSettings;
  readonly counters: GatewayCounters;
  readonly logger: Logger;
}
