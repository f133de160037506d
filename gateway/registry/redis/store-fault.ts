import { CallTimeout } from './connect/in-flight.ts';

/** Where a server of a Cluster sends a caller on to: for good, for this once, or to itself a little later. */
export type Redirection =
  | { readonly kind: 'moved' | 'ask'; readonly host: string; readonly port: number }
  | { readonly kind: 'tryAgain' };

/** A call to Redis that brought no answer to go by. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault';
  /** Whether the call may have taken effect, or may still. */
  readonly mayHaveHappened: boolean;
  /** Whether Redis itself went silent, as against a connection that is down or a refusal. */
  readonly isTimeout: boolean;
  /** Whether no answer came at all: Redis is silent, or there is no connection to it, or none any more. */
  readonly isUnanswered: boolean;
  /** Whether Redis answered and the fault lies in this one call: others may well succeed. */
  readonly isOfCall: boolean;
  /** With which word Redis refused, before it did anything; empty when it did not. */
  readonly word: string;
  readonly redirection: Redirection | undefined;

  constructor(
    reason: string,
    mayHaveHappened: boolean,
    kind: 'timeout' | 'unconnected' | 'ofCall' | 'other' = 'other',
    refused: { readonly word: string; readonly redirection?: Redirection | undefined } = {
      word: '',
    },
  ) {
    super(reason);
    this.mayHaveHappened = mayHaveHappened;
    this.isTimeout = kind === 'timeout';
    this.isUnanswered = kind === 'timeout' || kind === 'unconnected';
    this.isOfCall = kind === 'ofCall';
    this.word = refused.word;
    this.redirection = refused.redirection;
  }

  /** Whether Redis answers and takes no writes. */
  get isOfWrites(): boolean {
    return writeRefusals.has(this.word);
  }

  /** Whether it passes once somebody has changed a password or an access rule, or is not known to pass at all. */
  get needsSomebody(): boolean {
    return this.word === '' ? this.isOfCall : accessRefusals.has(this.word);
  }

  /** Whether the server is no primary any more: another one is, and only a new connection finds it. */
  get isDemotion(): boolean {
    return this.word === 'READONLY' || this.word === 'MASTERDOWN';
  }
}

/** It is full, cannot save, misses its replicas, or is a replica. */
const writeRefusals = new Set(['MASTERDOWN', 'MISCONF', 'NOREPLICAS', 'OOM', 'READONLY']);

/** The user or its password is wrong, or may not do this. */
const accessRefusals = new Set(['NOAUTH', 'NOPERM', 'WRONGPASS']);

/**
 * Refusals before a script has run (its first line, `#!lua`, makes Redis look before and not at the first write): a
 * server that takes no writes, loads, is busy with somebody's script, does not let this user, or sends elsewhere.
 */
const refusals = new Set([
  ...writeRefusals,
  ...accessRefusals,
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MOVED',
  'NOSCRIPT',
  'TRYAGAIN',
]);

/** What an error of ioredis means. The texts are those of ioredis 6; an unknown one counts as "may have happened". */
export function storeFault(error: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CallTimeout) return new StoreFault(message, true, 'timeout');
  if (message.startsWith("Stream isn't writeable")) {
    return new StoreFault('no connection to Redis', false, 'unconnected');
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'MaxRetriesPerRequestError' || message === 'Connection is closed.') {
    return new StoreFault('the connection to Redis broke', true, 'unconnected');
  }
  const word = message.split(' ', 1)[0] ?? '';
  if (refusals.has(word)) {
    const redirection = redirectionOf(message, word);
    return new StoreFault(`Redis refused: ${word}`, false, 'other', { word, redirection });
  }
  const kind = name === 'ReplyError' ? 'ofCall' : 'other';
  return new StoreFault(`the call to Redis failed: ${message}`, true, kind);
}

function redirectionOf(message: string, word: string): Redirection | undefined {
  if (word === 'TRYAGAIN') return { kind: 'tryAgain' };
  const [, kind, host = '', port] = /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(message) ?? [];
  if (kind === undefined) return undefined;
  return { kind: kind === 'MOVED' ? 'moved' : 'ask', host, port: Number(port) };
}
