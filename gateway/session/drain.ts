import type { LocalSessions } from './local-sessions.ts';

const sliceMs = 50;

/** How a node empties itself. */
export interface DrainPlan {
  /** How long the node says that it is not ready before it does anything. */
  readonly readinessDelayMs: number;
  /** The time over which the connections are closed. */
  readonly windowMs: number;
  /** The time over which the clients come back; each is told its own share. */
  readonly reconnectSpreadMs: number;
  /** Aborted: no more waiting, the rest is told and closed at once. */
  readonly hurry: AbortSignal;
}

/**
 * Tells every connection that the node leaves service and closes it, in slices over the window (rules DRAIN-1,
 * DRAIN-2). Resolves when no connection is left.
 * @param door shut before the first client is told, so that none comes in behind the list
 */
export async function drain(
  sessions: LocalSessions,
  door: { stopAccepting(): void },
  plan: DrainPlan,
): Promise<void> {
  await pause(plan.readinessDelayMs, plan.hurry);
  door.stopAccepting();
  const leaving = [...sessions.all()];
  const slices = Math.max(1, Math.floor(plan.windowMs / sliceMs));
  const perSlice = Math.ceil(leaving.length / slices);
  const shareMs = plan.reconnectSpreadMs / Math.max(1, leaving.length);
  for (let told = 0; told < leaving.length;) {
    const until = plan.hurry.aborted ? leaving.length : told + perSlice;
    for (const session of leaving.slice(told, until)) {
      // Each client has a share of the spread to itself, and a random point in it.
      const reconnectAfterMs = Math.round((told++ + Math.random()) * shareMs);
      session.end('goingAway', { name: 'goingAway', seq: 0, reconnectAfterMs });
    }
    if (told < leaving.length) await pause(sliceMs, plan.hurry);
  }
}

function pause(ms: number, hurry: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || hurry.aborted) return resolve();
    const timer = setTimeout(finish, ms);
    function finish(): void {
      clearTimeout(timer);
      hurry.removeEventListener('abort', finish);
      resolve();
    }
    hurry.addEventListener('abort', finish, { once: true });
  });
}
