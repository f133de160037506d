import { answerCodes } from '../../protocol/codes.ts';
import type { Session } from './session.ts';
import type { SessionRoom } from './session-room.ts';
import type { LoggedIn, Login } from './session-state.ts';

/**
 * Waits for the next event in the ticket's life: its warning (rule TICKET-5). A ticket shorter than twice the
 * warning time is warned of at half of what is left, so that a renewal with another short one makes no storm.
 */
export function watchTicket(session: Session, login: Login): void {
  const { wheel, clock, settings } = session.room;
  const leftMs = login.ticketEndsAt * 1000 - clock.wallMs();
  const warnMs = Math.min(settings.ticketWarnMs, leftMs / 2);
  wheel.arm(session, clock.monotonicMs() + leftMs - warnMs);
}

/** The session's one deadline has come while it has a login. */
export function onTicketDeadline(session: Session): void {
  const { state } = session;
  if (state.kind === 'loggedIn') onLoggedInDeadline(session, state);
  else if (state.kind === 'expired') session.end('ticketExpired');
}

function onLoggedInDeadline(session: Session, state: LoggedIn): void {
  const { clock, settings } = session.room;
  // Judged by the wall clock again: it may have been stepped since the deadline was armed.
  const leftMs = Math.ceil(state.login.ticketEndsAt * 1000 - clock.wallMs());
  if (leftMs <= 0) return expire(session, state.login);
  if (state.isWarned) return waitForEnd(session, leftMs);
  if (leftMs > settings.ticketWarnMs) return watchTicket(session, state.login);
  state.isWarned = true;
  waitForEnd(session, leftMs);
  session.room.counters.ticketWarnings++;
  session.send({
    name: 'ticketExpiring',
    seq: 0,
    ticketEndsAt: state.login.ticketEndsAt,
    leftMs,
  });
}

function waitForEnd(session: Session, leftMs: number): void {
  session.room.wheel.arm(session, session.room.clock.monotonicMs() + leftMs);
}

function expire(session: Session, login: Login): void {
  const { wheel, clock, settings, counters } = session.room;
  session.state = { kind: 'expired', login };
  wheel.arm(session, clock.monotonicMs() + settings.ticketGraceMs);
  counters.ticketExpiries++;
  session.note('ticket expired', login);
  session.send({
    name: 'ticketExpired',
    seq: 0,
    code: answerCodes.userSigExpired.code,
    graceMs: settings.ticketGraceMs,
  });
}

/** The wall clock was stepped: every running ticket's wait is reckoned anew. */
export function rearmTickets(room: SessionRoom): void {
  for (const session of room.sessions.all()) {
    if (session.state.kind === 'loggedIn') watchTicket(session, session.state.login);
  }
}
