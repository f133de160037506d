import type { Platform } from '../../protocol/platforms.ts';
import type { Stamped } from './events.ts';

/** One login attempt and what became of it, as its client saw it. Times are those of the log. */
export interface Life {
  readonly login: number;
  readonly userId: string;
  readonly instanceId: string;
  readonly platform: Platform;
  readonly automatic: boolean;
  readonly node: string;
  readonly sentNs: number;
  sessionId?: string;
  ackedNs?: number;
  refusal?: { readonly code: number; readonly atNs: number };
  kick?: { readonly byInstanceId: string; readonly atNs: number };
  /** How late the end of the ticket was told. */
  expiredLateMs?: number;
  /** When the client first wished the session to end. */
  leavingNs?: number;
  /** When the session was over for the client: its connection closed, or it was logged out. */
  endedNs?: number;
  /** How the connection ended; not there for a logout. */
  closeCode?: number;
  endedByUs?: boolean;
  /** Its node died before it ended. */
  lostNode?: boolean;
  /** How much later than usual it may still happen, if it was never answered. */
  delayedNs?: number;
  /** Tickets of its user have been, or are being, revoked: its own may be one of them. */
  hasDoubtfulTicket?: boolean;
  /** And this was going on after it was sent: its session may be ended by that. */
  mayBeRevoked?: boolean;
  /** It lived when one was asked for that has been confirmed since. */
  isRevoked?: boolean;
}

/** Whether the client believes now that it is logged in. */
export function isOpen(life: Life): boolean {
  return life.ackedNs !== undefined && life.endedNs === undefined;
}

const turns = ['acked', 'refused', 'kicked', 'expired', 'leaving', 'loggedOut', 'closed'] as const;
/** An event that changes a life; the others of a client are only good to read. */
type Turn = Extract<Stamped, { kind: (typeof turns)[number] }>;

function isTurn(event: Stamped): event is Turn {
  return (turns as readonly string[]).includes(event.kind);
}

/** Tells the lives out of a log, in the order in which their logins were sent. */
export function livesOf(events: readonly Stamped[]): Life[] {
  const lives = new Map<number, Life>();
  const dead = new Set<string>();
  /** Users whose tickets are being revoked, with the lives that this must end, or have been. */
  const revokedUsers = new Map<string, readonly Life[]>();
  for (const event of events) {
    if (event.kind === 'nodeStarted') dead.delete(event.node);
    else if (event.kind === 'nodeKilled' || event.kind === 'nodeGone') dead.add(event.node);
    else if (event.kind === 'sent') {
      lives.set(event.login, born(event, revokedUsers.get(event.userId)));
    } else if (event.kind === 'revoking') {
      revokedUsers.set(event.userId, revoke(lives, event.userId));
    } else if (event.kind === 'revoked') {
      for (const life of revokedUsers.get(event.userId) ?? []) life.isRevoked = true;
      revokedUsers.set(event.userId, done);
    } else if (isTurn(event)) {
      const life = lives.get(event.login);
      if (life !== undefined) take(life, event, dead);
    }
  }
  return [...lives.values()];
}

const done: readonly Life[] = [];

/** A revocation is asked for: the lives that are surely older than it. */
function revoke(lives: ReadonlyMap<number, Life>, userId: string): readonly Life[] {
  const ofUser = [...lives.values()].filter(
    (life) => life.userId === userId && life.endedNs === undefined,
  );
  for (const life of ofUser) life.mayBeRevoked = life.hasDoubtfulTicket = true;
  return ofUser.filter(isOpen);
}

/** The same things by their user. */
export function groupByUser<T extends { readonly userId: string }>(
  things: readonly T[],
): Map<string, T[]> {
  const users = new Map<string, T[]>();
  for (const thing of things) {
    const ofUser = users.get(thing.userId);
    if (ofUser === undefined) users.set(thing.userId, [thing]);
    else ofUser.push(thing);
  }
  return users;
}

/** `revoked`: what is known of a revocation of its user's tickets, if there is or has been one. */
function born(
  event: Extract<Stamped, { kind: 'sent' }>,
  revoked: readonly Life[] | undefined,
): Life {
  const { login, userId, instanceId, platform, automatic, node, atNs } = event;
  const life: Life = { login, userId, instanceId, platform, automatic, node, sentNs: atNs };
  if (revoked === undefined) return life;
  return { ...life, hasDoubtfulTicket: true, mayBeRevoked: revoked !== done };
}

function take(life: Life, event: Turn, dead: ReadonlySet<string>): void {
  const { atNs } = event;
  switch (event.kind) {
    case 'acked':
      life.sessionId = event.sessionId;
      life.ackedNs = atNs;
      return;
    case 'refused':
      life.refusal = { code: event.code, atNs };
      return;
    case 'kicked':
      life.kick = { byInstanceId: event.byInstanceId, atNs };
      return;
    case 'expired':
      life.expiredLateMs = Math.max(life.expiredLateMs ?? 0, event.lateMs);
      return;
    case 'leaving':
      life.leavingNs ??= atNs;
      return;
    case 'loggedOut':
      return end(life, atNs, true);
    case 'closed':
      life.closeCode = event.code;
      life.lostNode = !event.byUs && dead.has(life.node);
      return end(life, atNs, event.byUs);
  }
}

/** Only the first end counts: behind a logout the connection ends too. */
function end(life: Life, atNs: number, byUs: boolean): void {
  life.endedNs ??= atNs;
  life.endedByUs ??= byUs;
  if (byUs) life.leavingNs ??= atNs;
}
