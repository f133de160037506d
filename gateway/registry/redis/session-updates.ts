import type { TicketFacts } from '../login.ts';
import type { UpdateOutcome } from '../port.ts';
import type { Ending, SessionRef } from '../session-record.ts';
import type { FaultLog } from './fault-log.ts';
import { outcomeOf } from './outcomes.ts';
import { OwedUpdates, type Attempt, type OwedUpdate } from './owed-updates.ts';
import type { ScriptCalls } from './script-calls.ts';

/** The updates of sessions: each is made until Redis has confirmed it, whatever its caller was told. */
export class SessionUpdates {
  readonly #calls: ScriptCalls;
  readonly #owed: OwedUpdates;

  constructor(calls: ScriptCalls, log: FaultLog) {
    this.#calls = calls;
    this.#owed = new OwedUpdates(
      (update) => this.#settle(update),
      () => log.error('too many updates wait for Redis: one was given up'),
    );
  }

  /** How many Redis has not confirmed. */
  get owed(): number {
    return this.#owed.size;
  }

  async logout(session: SessionRef, ending: Ending): Promise<UpdateOutcome> {
    const outcome = await this.#make(session, ending);
    if (outcome === 'unavailable') this.#owe(session, ending);
    return outcome;
  }

  async renew(session: SessionRef, ticket: TicketFacts): Promise<UpdateOutcome> {
    if (this.#owed.size > 0) this.#owed.forgiveRenewal(session.sessionId);
    const outcome = await this.#make(session, ticket);
    if (outcome === 'unavailable') this.#owe(session, ticket);
    return outcome;
  }

  /** Takes a login back that may have happened, or happen yet. Its client was there, and has not left. */
  takeBack(session: SessionRef): void {
    this.#owe(session, 'lost');
  }

  /** A caller that repeats a login wants the session again, whatever the failed first try left behind. */
  forgive(sessionId: string): void {
    if (this.#owed.size > 0) this.#owed.forgive(sessionId);
  }

  close(): void {
    this.#owed.close();
  }

  #make(session: SessionRef, change: OwedUpdate['change']): Promise<UpdateOutcome> {
    return outcomeOf(
      typeof change === 'string'
        ? this.#calls.logout(session, change)
        : this.#calls.renew(session, change),
    );
  }

  #owe(session: SessionRef, change: OwedUpdate['change']): void {
    // A login that timed out may happen until its deadline by Redis's clock; a little more for the estimate's lag.
    const notBefore = performance.now() + (typeof change === 'string' ? 100 : 0);
    this.#owed.add({ session, change, notBefore });
  }

  async #settle({ session, change }: OwedUpdate): Promise<Attempt> {
    return (await this.#make(session, change)) === 'unavailable' ? 'again' : 'over';
  }
}
