import { Pause } from './back-off.ts';
import type { GatehouseError } from './gatehouse-error.ts';
import type { Link } from './link.ts';
import type { Session } from './session.ts';

/**
 * Brings back what the session watched on the link it has lost, of which `inForce` watches still are; tries again where
 * something only passes, as long as the link is the session's. Rejects with what does not pass.
 */
export async function restoreWatches(session: Session, link: Link, inForce: number): Promise<void> {
  let held = inForce;
  for (let attempt = 0; session.link === link && !session.isOver; attempt++) {
    const againInMs = await restore(session, link, held);
    if (againInMs === 0) return;
    held = 0;
    await new Pause().wait(againInMs * 2 ** Math.min(attempt, 6), session.signal);
  }
}

/** Once; gives how long to wait before the next try, 0 when all is done. */
async function restore(session: Session, link: Link, inForce: number): Promise<number> {
  try {
    const { news, againInMs } = await session.presence.restore(link, inForce);
    if (news.length > 0 && !session.isOver) {
      session.host.events.emit('statusChanged', { statuses: news });
    }
    return againInMs;
  } catch (cause) {
    const error = cause as GatehouseError;
    if (error.retry !== 'later') throw error;
    return Math.max(error.retryAfterMs, 100);
  }
}
