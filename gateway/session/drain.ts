import type { LocalSessions } from './local-sessions.ts';

const sliceMs = 50;

/** How a node empties itself. */
export interface DrainPlan {
  /** The time over which the connections are closed. */
  readonly windowMs: number;
  /** The time over which the clients come back; each is told its own share. */
  readonly reconnectSpreadMs: number;
}

/**
 * Tells every connection that the node leaves service and closes it, in slices over the window (rule DRAIN-1).
 * Delays are spread evenly with a random part, so that no two clients need share one.
 * @returns when no connection is left, or at once when `signal` is aborted (the rest is then told and closed together)
 */
export async function drain(
  sessions: LocalSessions,
  plan: DrainPlan,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...sessions.all()];
  const slices = Math.max(1, Math.floor(plan.windowMs / sliceMs));
  const perSlice = Math.ceil(waiting.length / slices);
  const stepMs = plan.reconnectSpreadMs / Math.max(1, waiting.length);
  let told = 0;
  while (told < waiting.length) {
    const until = signal.aborted ? waiting.length : Math.min(told + perSlice, waiting.length);
    for (; told < until; told++) {
      const reconnectAfterMs = Math.round((told + Math.random()) * stepMs);
      waiting[told]?.end('goingAway', { name: 'goingAway', seq: 0, reconnectAfterMs });
    }
    if (told < waiting.length) await pause(sliceMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
