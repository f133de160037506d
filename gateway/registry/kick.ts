import type { KickType } from '../../protocol/kick-types.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { SessionRecord } from './session-record.ts';

/** A kick as a durable fact: it names the session it ended, never just its user or instance. */
export interface Kick {
  readonly sessionId: string;
  readonly type: KickType;
  /** Platform and instance of the login that did it; empty when no login did. */
  readonly byPlatform: Platform | '';
  readonly byInstanceId: string;
  /** Unix seconds by the registry's clock. */
  readonly at: number;
}

/**
 * Which sessions of a user a kick ends: all, those of some instances, or exactly these. A sessionId never hits a
 * successor (rule KICK-3).
 */
export type KickTarget =
  | 'all'
  | { readonly instanceIds: readonly string[] }
  | { readonly sessionIds: readonly string[] };

/** A session that was ended by a call, and why. */
export interface KickedSession {
  readonly session: SessionRecord;
  readonly kick: Kick;
}

/** The type of a kick between two logins: Tencent's Web SDK says multipleAccount when both are on the web. */
export function kickTypeBetween(victim: Platform, newcomer: Platform): KickType {
  return victim === 'web' && newcomer === 'web' ? 'multipleAccount' : 'multipleDevice';
}
