import { codes } from './wire-tables.ts';

/** What may follow a failure: nothing, the same call later, or the same call with a new ticket. */
export type Retry = 'never' | 'later' | 'newTicket';

/** Codes the SDK itself raises, beside those of the gateway; numbers are Tencent's. One line each: number, name, retry. */
export const sdkCodes = `
2998 noWebSocket
6012 requestTimeout later
6013 destroyed
6019 storeFailed
6200 noNetwork later
6201 linkLost later
6226 noTicket newTicket
9511 connectionRefused`;

const known = /* @__PURE__ */ new Map(
  (codes + sdkCodes)
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([code, name = '', retry = 'never']) => [Number(code), { name, retry: retry as Retry }]),
);

/** What an error knows beyond its code. */
export interface ErrorDetails {
  /** For a developer, never for a user as it is. */
  readonly message: string;
  /** How long to wait before the next try, 0 where nothing is known. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error of the SDK: what promises reject with and the `error` event carries. */
export class GatehouseError extends Error {
  /** A number of docs/errors.md: Tencent's where there is one, else a close code of the protocol. */
  readonly code: number;
  readonly retry: Retry;
  readonly retryAfterMs: number;

  constructor(code: number, { message, retryAfterMs = 0, cause }: ErrorDetails) {
    super(`${message} (${code})`, cause === undefined ? undefined : { cause });
    const entry = known.get(code);
    this.name = entry?.name ?? 'unknown';
    this.code = code;
    // A newer gateway may have codes this SDK does not know; a delay, or the range of a close code, says that they pass.
    const isPassing = entry === undefined && retryAfterMs > 0;
    const isReconnect = code >= 4000 && code < 4500;
    this.retry = isPassing || isReconnect ? 'later' : (entry?.retry ?? 'never');
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same call may succeed later, or with a new ticket, without a change to the program. */
  get retryable(): boolean {
    return this.retry !== 'never';
  }

  /** Where the code is explained, from the root of the project. */
  get docs(): string {
    return `docs/errors.md#${this.code}-${this.name.toLowerCase()}`;
  }
}
