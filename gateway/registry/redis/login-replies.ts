import type { Platform } from '../../../protocol/platforms.ts';
import type { Kick } from '../kick.ts';
import type { LoginOutcome, Rival } from '../login.ts';
import { parseBanEnd, parseMark } from './records.ts';

/** What login.lua answers. */
export type LoginReply = Exclude<LoginOutcome, { readonly kind: 'unavailable' }> | Late;

/** The deadline had passed by Redis's clock, which is told in ms; nothing was done. */
export interface Late {
  readonly kind: 'late';
  readonly storeMs: number;
}

/** What audit.lua answers. */
export type AuditReply =
  | { readonly kind: 'held' }
  | { readonly kind: 'reregistered' }
  /** It was to be registered, and the lease has ended: nothing was done. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'kicked'; readonly kick: Kick }
  | { readonly kind: 'replaced' };

/** The numbers that audit.lua answers, from 1. */
const auditKinds = ['held', 'reregistered', 'missing'] as const;

/** The answers of login.lua that are no number. */
export function parseRefusal(words: readonly string[]): LoginReply {
  const [kind, detail = ''] = words;
  if (kind === 'damped') return parseDamped(words);
  if (kind === 'banned') return { kind, endsAt: parseBanEnd(detail) };
  if (kind === 'revoked') return { kind, at: Number(detail) };
  return parseEnd(words);
}

/** `damped`, the wait in ms, then instanceId and platform of each rival. */
function parseDamped(words: readonly string[]): Extract<LoginReply, { readonly kind: 'damped' }> {
  const rivals: Rival[] = [];
  for (let i = 2; i + 1 < words.length; i += 2) {
    rivals.push({ instanceId: words[i] ?? '', platform: words[i + 1] as Platform });
  }
  return { kind: 'damped', rivals, waitMs: Number(words[1]) };
}

/** The answers of audit.lua. */
export function parseAudit(reply: number | readonly string[]): AuditReply | Late {
  if (typeof reply === 'number') return { kind: auditKinds[reply - 1] ?? 'missing' };
  return parseEnd(reply);
}

/** The answers that login.lua and audit.lua both have. */
function parseEnd(
  reply: readonly string[],
): { readonly kind: 'kicked'; readonly kick: Kick } | { readonly kind: 'replaced' } | Late {
  const [kind, detail = ''] = reply;
  if (kind === 'kicked') return { kind: 'kicked', kick: parseMark(detail) };
  return kind === 'replaced' ? { kind: 'replaced' } : { kind: 'late', storeMs: Number(detail) };
}
