import type { Frame } from '../../protocol/frames.ts';
import type { LoginOutcome } from '../registry/login.ts';
import { pushNumberAt } from '../registry/pushes.ts';
import type { Refusal, Ticket } from '../ticket/user-sig.ts';
import type { AppSettings } from './apps.ts';
import { giveBackWatches, takeOverWatches } from './inheritance.ts';
import { noteDamped, spread } from './kick-wars.ts';
import { endAsKicked, endAsReplaced } from './kick.ts';
import { recoverPushes, sendHeldPushes } from './push.ts';
import { refusalOf } from './restriction.ts';
import type { Session } from './session.ts';
import type { LoggingIn, Login } from './session-state.ts';
import { judgeTicket, takeTicket } from './take-ticket.ts';
import { watchTicket } from './ticket-watch.ts';

/** A login frame on a connection that is not in the middle of one (rules LOGIN-1 to LOGIN-8, SWITCH-1 to SWITCH-3). */
export function handleLogin(session: Session, frame: Frame<'login'>): void {
  const verdict = judgeTicket(session, frame.userSig, frame);
  if (verdict.kind === 'refused') return refuseTicket(session, frame.seq, verdict);
  const previous = session.login;
  if (previous !== undefined && isSameInstance(previous, frame)) {
    takeTicket(session, previous, verdict.ticket);
    session.room.counters.repeatLogins++;
    return acknowledge(session, frame.seq, previous, { repeatLogin: true });
  }
  const ended =
    previous === undefined
      ? register(session, frame, verdict.ticket)
      : switchAccount(session, previous, () => register(session, frame, verdict.ticket));
  ended.catch((error: unknown) => session.failedAt(frame.seq, error));
}

/** Answers a login that no repetition makes good; a connection that keeps trying is closed (rule TICKET-4). */
function refuseTicket(session: Session, seq: number, { code, message }: Refusal): void {
  session.failedLogins++;
  if (session.failedLogins < session.room.settings.maxFailedLogins) {
    return session.refuse(seq, code, message);
  }
  session.refuse(seq, 'tooManyFailures');
  session.end('tooManyFailures');
}

function isSameInstance(login: Login, frame: Frame<'login'>): boolean {
  return (
    login.userId === frame.userId &&
    login.sdkAppId === frame.sdkAppId &&
    login.instanceId === frame.instanceId &&
    login.platform === frame.platform
  );
}

async function switchAccount(
  session: Session,
  previous: Login,
  next: () => Promise<void>,
): Promise<void> {
  session.room.counters.accountSwitches++;
  await session.leaveLogin(previous);
  if (session.state.kind === 'loggingOut') await next();
}

async function register(session: Session, frame: Frame<'login'>, ticket: Ticket): Promise<void> {
  const { room } = session;
  // The ticket was good, so the app is one of ours.
  const app = room.apps.get(frame.sdkAppId) as AppSettings;
  const login: Login = {
    sdkAppId: frame.sdkAppId,
    userId: frame.userId,
    instanceId: frame.instanceId,
    sessionId: room.sessions.newSessionId(),
    platform: frame.platform,
    ticketEndsAt: ticket.endsAt,
    ticketIssuedAt: ticket.issuedAt,
    ticketFingerprint: ticket.fingerprint,
    refuseIfKicked: frame.automatic && app.refuseKickedReturn,
    isAutomatic: frame.automatic,
    policy: app.policy,
    epoch: 0,
  };
  const afterPush = room.settings.keepsPushes ? frame.afterPush : 0;
  const attempt: LoggingIn = { kind: 'loggingIn', seq: frame.seq, login, afterPush };
  session.state = attempt;
  session.heldPushes = undefined;
  room.wheel.disarm(session);
  // Before the script runs: a kick for this session can overtake the script's own answer (rule KICK-5).
  room.sessions.claim(login, session);
  const startedMs = room.clock.monotonicMs();
  const lost = room.sessions.lostOf(login);
  if (lost !== undefined) takeOverWatches(session, lost);
  const outcome = await room.registry.login(login);
  if (session.state !== attempt || outcome.kind !== 'registered') giveBackWatches(session, lost);
  if (session.state !== attempt) {
    // Closed, kicked or abandoned meanwhile: what the registry has taken in must not stay.
    const ending = session.isClosed ? 'lost' : 'left';
    if (outcome.kind === 'registered') await room.registry.logout(login, ending);
    return;
  }
  if (outcome.kind === 'registered') {
    login.epoch = outcome.epoch;
    room.counters.countLogin(login.platform, room.clock.monotonicMs() - startedMs);
    return enter(session, attempt);
  }
  refuseLogin(session, attempt, outcome);
}

/** The registry has the session: the user is in. */
function enter(session: Session, { seq, login, afterPush }: LoggingIn): void {
  session.state = { kind: 'loggedIn', login, isWarned: false };
  session.failedLogins = 0;
  session.admitted();
  watchTicket(session, login);
  session.note('login', login);
  acknowledge(session, seq, login, { pushNumber: pushNumberOf(session, login, afterPush) });
  if (afterPush > 0) recoverPushes(session, login, afterPush);
  else sendHeldPushes(session);
  if (session.watcher === undefined) return;
  for (const frame of session.room.presence.snapshotOf(session.watcher)) session.send(frame);
}

function refuseLogin(
  session: Session,
  attempt: LoggingIn,
  outcome: Exclude<LoginOutcome, { readonly kind: 'registered' }>,
): void {
  const { login } = attempt;
  switch (outcome.kind) {
    case 'kicked':
      return endAsKicked(session, outcome.kick);
    case 'replaced':
      return endAsReplaced(session);
    case 'banned':
    case 'revoked':
      session.note('login refused', login, outcome);
      session.room.sessions.release(login);
      session.reopen(session.dueAtMs);
      return refuseTicket(session, attempt.seq, refusalOf(outcome));
    case 'damped':
      noteDamped(session, login, outcome);
      return refuseForNow(session, attempt, 'kickWar', spread(outcome.waitMs, login));
    case 'unavailable':
      return refuseForNow(session, attempt, 'registryUnavailable', outcome.retryAfterMs);
  }
}

/** The login may be sent again on this connection, for which a new login deadline begins. */
function refuseForNow(
  session: Session,
  { seq, login }: LoggingIn,
  code: 'kickWar' | 'registryUnavailable',
  retryAfterMs: number,
): void {
  session.room.sessions.release(login);
  session.reopen();
  session.refuse(seq, code, undefined, retryAfterMs);
}

/** Where the pushes to a session begin that its client may ask for later: what it asks for now, or its login (rule PUSH-6). */
function pushNumberOf({ room }: Session, { epoch }: Login, afterPush: number): number {
  if (afterPush > 0) return afterPush;
  return room.settings.keepsPushes ? pushNumberAt(epoch) : 0;
}

function acknowledge(
  session: Session,
  seq: number,
  login: Login,
  { repeatLogin = false, pushNumber = 0 }: { repeatLogin?: boolean; pushNumber?: number },
): void {
  session.send({
    name: 'loggedIn',
    seq,
    sessionId: login.sessionId,
    serverTime: session.serverTime,
    ticketEndsAt: login.ticketEndsAt,
    repeatLogin,
    watches: session.watcher?.users.size ?? 0,
    pushNumber,
  });
}
