/** A call to Redis that brought no answer to go by. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  /** Whether the call may have taken effect, or may still. */
  readonly mayHaveHappened: boolean;
  /** Whether Redis itself went silent, as against a connection that is down or a refusal. */
  readonly isTimeout: boolean;
  /** Whether Redis answered and the fault lies in this one call: others may well succeed. */
  readonly isOfCall: boolean;

  constructor(
    reason: string,
    mayHaveHappened: boolean,
    kind: 'timeout' | 'ofCall' | 'other' = 'other',
  ) {
    super(reason);
    this.mayHaveHappened = mayHaveHappened;
    this.isTimeout = kind === 'timeout';
    this.isOfCall = kind === 'ofCall';
  }
}

/** Refusals before a script has run: Redis loads, has changed its role, misses replicas, is full or busy. */
const refusals = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
]);

/** What an error of ioredis means. The texts are those of ioredis 6; an unknown one counts as "may have happened". */
export function storeFault(error: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (message === 'Command timed out') {
    return new StoreFault('Redis did not answer in time', true, 'timeout');
  }
  if (message.startsWith("Stream isn't writeable")) {
    return new StoreFault('no connection to Redis', false);
  }
  const word = message.split(' ', 1)[0] ?? '';
  if (refusals.has(word)) return new StoreFault(`Redis refused: ${word}`, false);
  const isReply = error instanceof Error && error.name === 'ReplyError';
  return new StoreFault(`the call to Redis failed: ${message}`, true, isReply ? 'ofCall' : 'other');
}
