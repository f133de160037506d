import { setTimeout as delay } from 'node:timers/promises';
import type { ServerFrame } from '../../protocol/frames.ts';
import type { SharedFrame } from '../../protocol/shared-frame.ts';
import { pushFrame } from '../push/push-frame.ts';
import type { Registry } from '../registry/port.ts';
import type { Push } from '../registry/pushes.ts';
import type { Session } from './session.ts';
import { logFields, type Login } from './session-state.ts';

/** Pushes that may wait for the answer of a login, and for those before them; Redis has no more than moments to give either. */
const mostHeld = 64;
/** How often what a client missed is asked for, and how long after a failure. */
const mostTries = 3;
const againMs = 300;

/** Hands a session something that was pushed to it (rules PUSH-1, PUSH-3). */
export function handlePush(session: Session, frame: SharedFrame): void {
  const { pushes } = session.room;
  switch (session.state.kind) {
    case 'loggedIn':
    case 'expired':
      return session.heldPushes === undefined
        ? sendPushes(session, [frame])
        : holdPush(session, frame);
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

/** It has overtaken the answer to its own session's login, or pushes that the client missed: these come first. */
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
  if (held.length > 0) sendPushes(session, held);
}

/**
 * A client has come back: what it missed comes before anything else (rule PUSH-6). Its session is registered, so all that is
 * sent from now on comes to this node as well; what it has by both ways it is sent once.
 */
export function recoverPushes(session: Session, login: Login, after: number): void {
  session.heldPushes ??= [];
  const { pushes, registry, logger } = session.room;
  missedPushes(registry, login, after)
    .catch((err: unknown) => {
      pushes.unrecovered++;
      logger.warn(
        { err, ...logFields(login) },
        'pushes for a client that came back were not found',
      );
      return [];
    })
    .then((missed) => {
      if (session.login !== login) return;
      const frames = missed.map((push) => pushFrame(push, false));
      const numbers = new Set(missed.map(({ number }) => number));
      const later = session.heldPushes?.filter(({ frame }) => !isOneOf(numbers, frame)) ?? [];
      pushes.recovered += frames.length;
      session.heldPushes = [...frames, ...later];
      sendHeldPushes(session);
    })
    .catch((error: unknown) => session.failedAt(0, error));
}

/** Redis may just be between two moments: it is asked again before what was missed is given up. */
async function missedPushes(
  registry: Registry,
  login: Login,
  after: number,
): Promise<readonly Push[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await registry.pushes.missed(login, after);
    } catch (error) {
      if (tries === mostTries) throw error;
      await delay(againMs);
    }
  }
}

function isOneOf(numbers: ReadonlySet<number>, frame: ServerFrame): boolean {
  return frame.name === 'push' && !frame.toEverybody && numbers.has(frame.number);
}

function sendPushes(session: Session, frames: readonly SharedFrame[]): void {
  const { pushes } = session.room;
  if (session.notify(frames)) pushes.sent += frames.length;
  else pushes.dropped += frames.length;
}
