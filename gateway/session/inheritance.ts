import type { Session } from './session.ts';

/**
 * An instance comes back while this node still holds the session of its lost link: the watches go over before the
 * registry is asked, because its word that the older session is replaced may come before its answer (rule
 * PRESENCE-10).
 */
export function takeOverWatches(session: Session, lost: Session): void {
  const { watcher } = lost;
  if (watcher === undefined) return;
  lost.watcher = undefined;
  session.watcher = watcher;
  watcher.session = session;
}

/** The login has come to nothing: the older session has its watches again, if it still waits. */
export function giveBackWatches(session: Session, lost: Session | undefined): void {
  const { watcher, room } = session;
  if (watcher === undefined || lost === undefined) return;
  session.watcher = undefined;
  if (lost.state.kind !== 'lost') return room.presence.release(watcher);
  lost.watcher = watcher;
  watcher.session = lost;
}
