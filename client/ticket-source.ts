import { GatehouseError } from './gatehouse-error.ts';

/** What getTicket is told. */
export interface TicketRequest {
  readonly userID: string;
  /** `login`: none yet. `expiring`: the present one ends soon. `expired`: it has ended, or the gateway said so. */
  readonly reason: 'login' | 'expiring' | 'expired';
  /** Aborted when the ticket is no longer wanted. */
  readonly signal: AbortSignal;
}

/**
 * Asks the app's back end for a UserSig. Null: there will be none any more, log the user out. A rejection counts as a
 * fault that passes.
 */
export type GetTicket = (request: TicketRequest) => Promise<string | null>;

/** How often in a row a new ticket may turn out to be expired before the SDK gives up (rule CLOSE-3). */
const mostRefusals = 3;

/** The tickets of one login: the present one and where the next comes from. It never outlives its session. */
export class TicketSource {
  readonly #userID: string;
  readonly #getTicket: GetTicket | undefined;
  readonly #withinMs: number;
  readonly #signal: AbortSignal;
  #running: Promise<string> | undefined;
  #refusals = 0;
  /** The newest ticket there is. */
  current: string | undefined;

  constructor(options: {
    readonly userID: string;
    readonly userSig: string | undefined;
    readonly getTicket: GetTicket | undefined;
    readonly withinMs: number;
    readonly signal: AbortSignal;
  }) {
    this.#userID = options.userID;
    this.#getTicket = options.getTicket;
    this.#withinMs = options.withinMs;
    this.#signal = options.signal;
    this.current = options.userSig;
  }

  /** Whether a new ticket can be had, and has not been refused too often. */
  get canFetch(): boolean {
    return this.#getTicket !== undefined && this.#refusals < mostRefusals;
  }

  /** The gateway took the present ticket. */
  accepted(): void {
    this.#refusals = 0;
  }

  /** The application brought a ticket, and the gateway took it or is yet to be asked. */
  take(userSig: string): void {
    this.current = userSig;
    this.#refusals = 0;
  }

  /** The present ticket has ended. */
  ended(): void {
    this.current = undefined;
  }

  /** The gateway says that this ticket has ended, though it was thought to be good. */
  refused(userSig: string): void {
    this.#refusals++;
    if (this.current === userSig) this.current = undefined;
  }

  /**
   * A new ticket, which becomes the present one; calls while one is under way share it. Rejects with 6226, which has a
   * delay where the fault may pass and none where the application has no ticket any more.
   */
  fetch(reason: TicketRequest['reason']): Promise<string> {
    this.#running ??= this.#fetch(reason).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #fetch(reason: TicketRequest['reason']): Promise<string> {
    const getTicket = this.#getTicket;
    if (getTicket === undefined) throw noTicket('the ticket has ended and there is no getTicket');
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#withinMs)]);
    // Asynchronous, so that one that throws is one that rejects.
    const ask = async () => getTicket({ userID: this.#userID, reason, signal });
    const ticket = await Promise.race([ask(), aborted(signal)]).catch((cause: unknown) => {
      throw noTicket('getTicket failed', { cause, retryAfterMs: 1000 });
    });
    if (typeof ticket !== 'string' || ticket === '') throw noTicket('getTicket gave no ticket');
    this.current = ticket;
    return ticket;
  }
}

function noTicket(message: string, details: { cause?: unknown; retryAfterMs?: number } = {}) {
  return new GatehouseError(6226, { message, ...details });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    if (signal.aborted) reject(signal.reason as Error);
  });
}
