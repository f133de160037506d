import type { ClientFrame } from '../../protocol/frames.ts';
import { handleLogin } from './login.ts';
import { abandonLogin, handleLogout } from './logout.ts';
import { handleRenew } from './renew.ts';
import type { Session } from './session.ts';

/** State x frame -> handler. What a state does not take is answered with the code that says why. */
export function dispatch(session: Session, frame: ClientFrame): void {
  switch (frame.name) {
    case 'login':
      return dispatchLogin(session, frame);
    case 'logout':
      return dispatchLogout(session, frame);
    case 'renew':
      return dispatchRenew(session, frame);
  }
}

function dispatchLogin(session: Session, frame: ClientFrame & { name: 'login' }): void {
  switch (session.state.kind) {
    case 'opened':
    case 'loggedIn':
    case 'expired':
      return handleLogin(session, frame);
    case 'loggingIn':
      return session.refuse(frame.seq, 'loginInProcess');
    case 'loggingOut':
      return session.refuse(frame.seq, 'logoutInProcess');
    case 'closed':
      return;
  }
}

function dispatchLogout(session: Session, frame: ClientFrame & { name: 'logout' }): void {
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
    case 'closed':
      return;
  }
}

function dispatchRenew(session: Session, frame: ClientFrame & { name: 'renew' }): void {
  const { state } = session;
  switch (state.kind) {
    case 'opened':
    case 'loggingIn':
    case 'loggingOut':
      return session.refuse(frame.seq, 'notLoggedIn');
    case 'loggedIn':
    case 'expired':
      return handleRenew(session, state.login, frame);
    case 'closed':
      return;
  }
}
