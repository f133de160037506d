import { answerCodes } from '../../protocol/codes.ts';
import { partsOf, type Answer, type AnswerPart } from '../presence/answer-parts.ts';
import type { Watcher } from '../presence/watcher.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';

const retryable: readonly number[] = [
  answerCodes.registryUnavailable.code,
  answerCodes.visibilityUnknown.code,
];

/** Counts a presence call of the session; refuses it and gives nothing when it has had too many (rule PRESENCE-5). */
export function takeCall(session: Session, seq: number): Watcher | undefined {
  const { presence, clock } = session.room;
  session.watcher ??= presence.newWatcher(session);
  const waitMs = session.watcher.takeCall(clock.monotonicMs());
  if (waitMs === 0) return session.watcher;
  session.refuse(seq, 'tooManyCalls', undefined, waitMs);
  return undefined;
}

/** The same for a call that tells of others: where presence is off there are none (rule PRESENCE-7). */
export function takeCallAboutOthers(session: Session, seq: number): Watcher | undefined {
  if (!session.room.presence.isOff) return takeCall(session, seq);
  session.refuse(seq, 'presenceOff');
  return undefined;
}

/**
 * Whether the one who asked is still logged in when the answer is there. Who has logged out meanwhile is told so; a
 * connection that is gone is told nothing.
 */
export function mayAnswer(session: Session, login: Login, seq: number): boolean {
  if (session.login === login) return true;
  if (!session.isClosed) session.refuse(seq, 'notLoggedIn');
  return false;
}

/** What every part of an answer ends with. */
type PartEnd = { readonly retryAfterMs: number; readonly isLast: boolean };

/** Sends an answer, in parts where it is long (rule PRESENCE-9). */
export function sendParts(
  session: Session,
  answer: Answer,
  toFrame: (part: AnswerPart & PartEnd) => Parameters<Session['send']>[0],
): void {
  const parts = partsOf(answer);
  // Spread, so that a fault that hit many does not bring them back together.
  const delayMs = 500 + Math.floor(Math.random() * 1000);
  for (const [i, part] of parts.entries()) {
    const mayRetry = part.refused.some(([, code]) => retryable.includes(code));
    const retryAfterMs = mayRetry ? delayMs : 0;
    session.send(toFrame({ ...part, retryAfterMs, isLast: i === parts.length - 1 }));
  }
}
