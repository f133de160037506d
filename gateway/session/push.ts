import type { SharedFrame } from '../../protocol/shared-frame.ts';
import type { Session } from './session.ts';

/** Pushes that may wait for the answer of a login; a node's Redis has no more than a moment to give it. */
const mostHeld = 64;

/** Hands a session something that was pushed to it (rules PUSH-1, PUSH-3). */
export function handlePush(session: Session, frame: SharedFrame): void {
  const { pushes } = session.room;
  switch (session.state.kind) {
    case 'loggedIn':
    case 'expired':
      return session.notify([frame]) ? void pushes.sent++ : void pushes.dropped++;
    case 'loggingIn':
      return holdPush(session, frame);
    // Without a link there is nobody to tell, and nothing is kept for the one who comes back.
    case 'lost':
    case 'opened':
    case 'loggingOut':
    case 'closed':
      pushes.dropped++;
  }
}

/** It has overtaken the answer to its own session's login: the client hears of that first. */
function holdPush(session: Session, frame: SharedFrame): void {
  session.heldPushes ??= [];
  session.heldPushes.push(frame);
  if (session.heldPushes.length <= mostHeld) return;
  session.room.pushes.dropped += session.heldPushes.length;
  session.heldPushes = undefined;
  session.end('slowConsumer');
}

/** The login is acknowledged: what was pushed meanwhile follows, in its order. */
export function sendHeldPushes(session: Session): void {
  const held = session.heldPushes;
  if (held === undefined) return;
  session.heldPushes = undefined;
  for (const frame of held) handlePush(session, frame);
}
