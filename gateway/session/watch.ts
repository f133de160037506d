import type { Frame } from '../../protocol/frames.ts';
import { mayAnswer, sendParts, takeCallAboutOthers } from './presence-call.ts';
import type { Session } from './session.ts';
import type { Login } from './session-state.ts';

/** Watches users from now on (rules PRESENCE-2, PRESENCE-4, PRESENCE-6). */
export function handleWatch(session: Session, login: Login, frame: Frame<'watch'>): void {
  const watcher = takeCallAboutOthers(session, frame.seq);
  if (watcher === undefined || isTooLong(session, frame)) return;
  session.room.presence
    .watch(watcher, login, frame)
    .then((answer) => {
      if (!mayAnswer(session, login, frame.seq)) return;
      sendParts(session, answer, (part) => ({
        name: 'watching',
        seq: frame.seq,
        ...part,
      }));
    })
    .catch((error: unknown) => session.failedAt(frame.seq, error));
}

/** Ends watches. */
export function handleUnwatch(session: Session, login: Login, frame: Frame<'unwatch'>): void {
  const watcher = takeCallAboutOthers(session, frame.seq);
  if (watcher === undefined || isTooLong(session, frame)) return;
  const watches = session.room.presence.unwatch(watcher, login, frame);
  session.send({ name: 'unwatched', seq: frame.seq, watches });
}

function isTooLong(session: Session, frame: Frame<'watch' | 'unwatch'>): boolean {
  const { usersPerWatch } = session.room.presence.settings;
  if (frame.userIds.length <= usersPerWatch) return false;
  const message = `${frame.name}.userIds names more than ${usersPerWatch} users`;
  session.refuse(frame.seq, 'invalidParameters', message);
  return true;
}
