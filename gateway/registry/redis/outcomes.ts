import type { UpdateOutcome } from '../port.ts';
import type { LoginOutcome } from '../login.ts';

/** The connection has noted what went wrong; the caller only has to know that nothing is known. */
export function outcomeOf(call: Promise<boolean>): Promise<UpdateOutcome> {
  return call.then(
    (wasThere) => (wasThere ? 'done' : 'absent'),
    () => 'unavailable',
  );
}

/** Spread over a second, so that the clients of a whole node do not come back at once. */
export function unavailable(reason: string): LoginOutcome {
  return { kind: 'unavailable', reason, retryAfterMs: 500 + Math.floor(Math.random() * 1000) };
}
