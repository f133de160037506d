import type { ClientFrame, Frame } from '../../protocol/frames.ts';
import { handleLogin } from './login.ts';
import { abandonLogin, handleLogout } from './logout.ts';
import { handleQuery } from './query.ts';
import { handleRenew } from './renew.ts';
import { handleSend } from './send.ts';
import { handleSetStatus } from './set-status.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';
import { handleUnwatch, handleWatch } from './watch.ts';

/** State x frame -> handler. What a state does not take is answered with the code that says why. */
export function dispatch(session: Session, frame: ClientFrame): void {
  switch (frame.name) {
    case 'login':
      return dispatchLogin(session, frame);
    case 'logout':
      return dispatchLogout(session, frame);
    case 'renew':
      return dispatchRenew(session, frame);
    case 'setStatus':
    case 'watch':
    case 'unwatch':
    case 'query':
    case 'send':
      return dispatchLoggedIn(session, frame);
    case 'ping':
      return session.send({ name: 'pong', seq: frame.seq });
  }
}

function dispatchLogin(session: Session, frame: Frame<'login'>): void {
  switch (session.state.kind) {
    case 'opened':
    case 'loggedIn':
    case 'expired':
      return handleLogin(session, frame);
    case 'loggingIn':
      return session.refuse(frame.seq, 'loginInProcess');
    case 'loggingOut':
      return session.refuse(frame.seq, 'logoutInProcess');
    case 'lost':
    case 'closed':
      return;
  }
}

function dispatchLogout(session: Session, frame: Frame<'logout'>): void {
  const { state } = session;
  switch (state.kind) {
    case 'opened':
      return session.refuse(frame.seq, 'notLoggedIn');
    case 'loggingIn':
      return abandonLogin(session, state, frame.seq);
    case 'loggedIn':
    case 'expired':
      return handleLogout(session, state.login, frame.seq);
    case 'loggingOut':
      return session.refuse(frame.seq, 'logoutInProcess');
    case 'lost':
    case 'closed':
      return;
  }
}

function dispatchRenew(session: Session, frame: Frame<'renew'>): void {
  const { state } = session;
  switch (state.kind) {
    case 'opened':
    case 'loggingIn':
    case 'loggingOut':
      return session.refuse(frame.seq, 'notLoggedIn');
    case 'loggedIn':
    case 'expired':
      return handleRenew(session, state.login, frame);
    case 'lost':
    case 'closed':
      return;
  }
}

type LoggedInRequest = Frame<'setStatus' | 'watch' | 'unwatch' | 'query' | 'send'>;

/** For those who are logged in with a ticket that holds (rules PRESENCE-11, PUSH-8). */
function dispatchLoggedIn(session: Session, frame: LoggedInRequest): void {
  const { state } = session;
  switch (state.kind) {
    case 'opened':
    case 'loggingIn':
    case 'loggingOut':
      return session.refuse(frame.seq, 'notLoggedIn');
    case 'expired':
      return session.refuse(frame.seq, 'userSigExpired');
    case 'loggedIn':
      return handleLoggedIn(session, state.login, frame);
    case 'lost':
    case 'closed':
      return;
  }
}

function handleLoggedIn(session: Session, login: Login, frame: LoggedInRequest): void {
  switch (frame.name) {
    case 'setStatus':
      return handleSetStatus(session, login, frame);
    case 'watch':
      return handleWatch(session, login, frame);
    case 'unwatch':
      return handleUnwatch(session, login, frame);
    case 'query':
      return handleQuery(session, login, frame);
    case 'send':
      return handleSend(session, login, frame);
  }
}
