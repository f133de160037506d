import type { KickType } from '../../../protocol/kick-types.ts';
import { platforms, type Platform } from '../../../protocol/platforms.ts';
import type { PresenceState } from '../../../protocol/presence-fields.ts';
import type { Status } from '../status.ts';
import type { Restrictions } from '../restrictions.ts';
import type { Kick } from '../kick.ts';
import type { SessionRecord } from '../session-record.ts';
import { retention } from '../retention.ts';

/** Stands for nothing in a record; no identifier may contain it. */
const none = '*';

/** A session as scripts/records.lua writes it: sessionId nodeId platform epoch ticketEndsAt predecessors. */
export function parseSession(instanceId: string, text: string): SessionRecord {
  const [sessionId = '', nodeId = '', platform = '', epoch, ticketEndsAt] = text.split(' ');
  return {
    instanceId,
    sessionId,
    nodeId,
    platform: platform as Platform,
    epoch: Number(epoch),
    ticketEndsAt: Number(ticketEndsAt),
  };
}

/** A kick mark as scripts/records.lua writes it: sessionId type byPlatform byInstanceId at ... */
export function parseMark(text: string): Kick {
  const [sessionId = '', type = '', byPlatform = '', byInstanceId = '', at] = text.split(' ');
  return {
    sessionId,
    type: type as KickType,
    byPlatform: byPlatform === none ? '' : (byPlatform as Platform),
    byInstanceId: byInstanceId === none ? '' : byInstanceId,
    at: Number(at),
  };
}

/** A status as the scripts tell it (see scripts/presence.lua): version state platforms custom-status. */
export function parseStatus(text: string): Status {
  const [version = '', state = '', list = ''] = text.split(' ', 3);
  const online = list.split(',');
  return {
    state: state as PresenceState,
    // Not one that only a newer gateway knows.
    platforms: list === none ? [] : platforms.filter((platform) => online.includes(platform)),
    customStatus: text.slice(version.length + state.length + list.length + 3),
    version: Number(version),
  };
}

/** The end of a ban as the scripts write it, in Unix seconds; Infinity where it has none. */
export function parseBanEnd(text: string): number {
  const endsAt = Number(text);
  return endsAt >= retention.banWithoutEnd ? Infinity : endsAt;
}

/** What a user's record (field -> text) says of bans and revocations that hold at `nowS` (Unix seconds). */
export function parseRestrictions(
  { ban, revoked }: Readonly<Record<string, string>>,
  nowS: number,
): Restrictions {
  const [endsAt = '', at] = ban?.split(' ') ?? [];
  const isBanned = ban !== undefined && parseBanEnd(endsAt) > nowS;
  return {
    ban: isBanned ? { at: Number(at), endsAt: parseBanEnd(endsAt) } : undefined,
    revokedAtMs: revoked === undefined ? undefined : Number(revoked.split(' ', 1)[0]),
  };
}

/** The live sessions in a user's record (field -> text), newest first. */
export function parseUser(fields: Readonly<Record<string, string>>): readonly SessionRecord[] {
  return Object.entries(fields)
    .filter(([field]) => field.startsWith('s:'))
    .map(([field, text]) => parseSession(field.slice(2), text))
    .sort((a, b) => b.epoch - a.epoch);
}
