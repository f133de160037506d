import type { Frame } from '../../protocol/frames.ts';
import { limits } from '../../protocol/limits.ts';
import { isPushTooLong } from '../../protocol/push-fields.ts';
import type { SendVerdict, UserMessage } from '../push/send-gate.ts';
import { mayAnswer } from './presence-call.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';

const windowMs = 5000;

/** Sends something of a user to another who is online (rules PUSH-8 to PUSH-10). */
export function handleSend(session: Session, login: Login, frame: Frame<'send'>): void {
  const { seq, userId, topic, body } = frame;
  const { sdkAppId, userId: sender } = login;
  if (session.room.apps.get(sdkAppId)?.userMessages === 'off') {
    const message = 'users of this app may not send one another messages (userMessages is off)';
    return session.refuse(seq, 'notSupported', message);
  }
  const waitMs = takeSend(session);
  if (waitMs > 0) return session.refuse(seq, 'tooManyCalls', undefined, waitMs);
  if (isPushTooLong([sender, topic, body])) {
    const message = `send.body is too long: sender, topic and body as JSON have at most ${limits.pushBytes} bytes`;
    return session.refuse(seq, 'invalidParameters', message);
  }
  send(session, login, { seq, message: { sdkAppId, sender, userId, topic, body } }).catch(
    (error: unknown) => session.failedAt(seq, error),
  );
}

async function send(
  session: Session,
  login: Login,
  { seq, message }: { readonly seq: number; readonly message: UserMessage },
): Promise<void> {
  const verdict = await judge(session, message);
  if (!mayAnswer(session, login, seq)) return;
  if (verdict === 'refused') return session.refuse(seq, 'messageRefused');
  if (verdict === 'unknown') return session.refuse(seq, 'visibilityUnknown', undefined, 1000);
  const { registry, pushes } = session.room;
  const { sdkAppId, userId, ...content } = message;
  const receipt = await registry.pushes
    .toUser({ sdkAppId, userId }, content, 'all')
    .catch(() => undefined);
  if (receipt !== undefined) pushes.userMessages++;
  if (!mayAnswer(session, login, seq)) return;
  if (receipt !== undefined) return session.send({ name: 'sent', seq, ...receipt });
  session.refuse(seq, 'registryUnavailable', undefined, 1000);
}

function judge({ room }: Session, message: UserMessage): Promise<SendVerdict> | SendVerdict {
  const isAsked = room.apps.get(message.sdkAppId)?.userMessages === 'callback';
  // The configuration does not load with an app that asks a back end there is none of.
  return isAsked ? (room.sendGate?.judge(message) ?? 'unknown') : 'pass';
}

/** Takes one message out of a bucket that holds those of 5 s and fills evenly: 0, or how long until there is one. */
function takeSend(session: Session): number {
  const { clock, settings } = session.room;
  const nowMs = clock.monotonicMs();
  const fullAtMs = Math.max(session.sendsFullAtMs, nowMs) + windowMs / settings.maxSends;
  const waitMs = Math.ceil(fullAtMs - nowMs - windowMs);
  if (waitMs > 0) return waitMs;
  session.sendsFullAtMs = fullAtMs;
  return 0;
}
