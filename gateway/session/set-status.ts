import type { Frame } from '../../protocol/frames.ts';
import { mayAnswer, takeCall } from './presence-call.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';

/** Sets the user's custom status (rule PRESENCE-3). */
export function handleSetStatus(session: Session, login: Login, frame: Frame<'setStatus'>): void {
  if (takeCall(session, frame.seq) === undefined) return;
  session.room.registry
    .setStatus(login, frame.customStatus)
    .then((outcome) => {
      if (!mayAnswer(session, login, frame.seq)) return;
      if (outcome === 'done') session.send({ name: 'statusSet', seq: frame.seq });
      // A session the registry does not know is put back or ended in a moment; then it can be said again.
      else session.refuse(frame.seq, 'registryUnavailable', undefined, 1000);
    })
    .catch((error: unknown) => session.failedAt(frame.seq, error));
}
