import type { Session } from './session.ts';
import type { LoggingIn, Login } from './session-state.ts';

/** A logout of a logged-in user (rules LOGOUT-1, LOGOUT-2): the registry first, then the answer. */
export function handleLogout(session: Session, login: Login, seq: number): void {
  session.room.counters.logouts++;
  session.note('logout', login);
  session
    .leaveLogin(login)
    .then(() => {
      if (session.state.kind !== 'loggingOut') return;
      session.reopen();
      session.send({ name: 'loggedOut', seq });
    })
    .catch((error: unknown) => session.failedAt(seq, error));
}

/** A logout while the login is still running (rule LOGOUT-3); the login's handler undoes what it registered. */
export function abandonLogin(session: Session, attempt: LoggingIn, seq: number): void {
  session.room.sessions.release(attempt.login);
  session.reopen(session.dueAtMs);
  session.refuse(attempt.seq, 'loggedOutBeforeLoginFinished');
  session.send({ name: 'loggedOut', seq });
}
