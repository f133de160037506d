import type { Frame } from '../../protocol/frames.ts';
import { mayAnswer, sendParts, takeCallAboutOthers } from './presence-call.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';

/** Says how users are, once (rules PRESENCE-6, PRESENCE-7). */
export function handleQuery(session: Session, login: Login, frame: Frame<'query'>): void {
  if (takeCallAboutOthers(session, frame.seq) === undefined) return;
  const { presence } = session.room;
  const { usersPerQuery } = presence.settings;
  if (frame.userIds.length > usersPerQuery) {
    const message = `query.userIds names more than ${usersPerQuery} users`;
    return session.refuse(frame.seq, 'invalidParameters', message);
  }
  presence
    .query(login, frame, frame.withInstances)
    .then((answer) => {
      if (!mayAnswer(session, login, frame.seq)) return;
      sendParts(session, answer, (part) => ({
        name: 'queried',
        seq: frame.seq,
        ...part,
      }));
    })
    .catch((error: unknown) => session.failedAt(frame.seq, error));
}
