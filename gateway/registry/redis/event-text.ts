import { eventKinds, type EventKind } from '../../../protocol/event-kinds.ts';
import type { KickType } from '../../../protocol/kick-types.ts';
import type { Platform } from '../../../protocol/platforms.ts';
import { eventLetters, type SessionEvent } from '../events.ts';

const kinds = new Map<string, EventKind>(eventKinds.map((kind) => [eventLetters[kind], kind]));

/** Stands for nothing; no identifier may contain it. */
const none = '*';

/**
 * An event as scripts/events.lua writes it: letter version previous atMs app:user instanceId sessionId platform nodeId and
 * what its kind has besides. Undefined for a kind that only a newer gateway knows.
 */
export function parseEvent(sdkAppId: number, text: string): SessionEvent | undefined {
  const words = text.split(' ');
  const word = (at: number): string => words[at] ?? '';
  const kind = kinds.get(word(0));
  if (kind === undefined) return undefined;
  const facts = {
    sdkAppId,
    userId: word(4).slice(word(4).indexOf(':') + 1),
    instanceId: word(5),
    sessionId: word(6),
    platform: word(7) as Platform,
    nodeId: word(8),
    version: Number(word(1)),
    previous: Number(word(2)),
    atMs: Number(word(3)),
  };
  const rest = words.slice(9);
  switch (kind) {
    case 'login':
      return { ...facts, kind, ...loginOf(rest) };
    case 'kicked':
    case 'revoked':
    case 'banned':
      return { ...facts, kind, ...kickOf(rest) };
    case 'customStatus':
      return { ...facts, kind, customStatus: rest.join(' ') };
    case 'logout':
    case 'linkClosed':
    case 'timedOut':
    case 'expired':
      return { ...facts, kind };
  }
}

/** "new" or "restored", then the platforms it kicked, parted by commas. */
function loginOf([how, platforms = none]: readonly string[]): {
  isRestored: boolean;
  kickedPlatforms: readonly Platform[];
} {
  const kickedPlatforms = platforms === none ? [] : (platforms.split(',') as Platform[]);
  return { isRestored: how === 'restored', kickedPlatforms };
}

function kickOf([type = '', byPlatform = none, byInstanceId = none]: readonly string[]): {
  kickType: KickType;
  byPlatform: Platform | '';
  byInstanceId: string;
} {
  return {
    kickType: type as KickType,
    byPlatform: byPlatform === none ? '' : (byPlatform as Platform),
    byInstanceId: byInstanceId === none ? '' : byInstanceId,
  };
}
