import type { Frame } from '../protocol/frames.ts';
import { backOffMs, Pause } from './back-off.ts';
import type { Emitter, LogoutReason } from './events.ts';
import { GatehouseError } from './gatehouse-error.ts';
import { Inbox } from './inbox.ts';
import { Link, type Push } from './link.ts';
import { logIn, loginFields } from './log-in.ts';
import type { LoginOptions, LoginResult } from './login-options.ts';
import { Presence } from './presence.ts';
import { bringTicket } from './renew-ticket.ts';
import { restoreWatches } from './restore-watches.ts';
import type { Settings } from './settings.ts';
import { takePush } from './take-push.ts';
import { tellEnd } from './tell-end.ts';
import { TicketSource } from './ticket-source.ts';
import { judge, judgeEnd, type Verdict } from './verdict.ts';

/** What a session needs of its client. */
export interface SessionHost {
  readonly settings: Settings;
  readonly events: Emitter;
  /** The session is logged in for the first time. */
  entered(session: Session): void;
  /** The session is over, for good. */
  ended(session: Session, reason: LogoutReason, error: GatehouseError): void;
}

/**
 * The login of one user, from login() to whatever ends it. It keeps a link up by itself; all it does hangs on one
 * signal, so that nothing of it goes on when it is over.
 */
export class Session {
  readonly userID: string;
  readonly host: SessionHost;
  readonly presence: Presence;
  readonly inbox = new Inbox();
  /** Fulfilled at the first login; rejected when the session ends before. */
  readonly entered: Promise<LoginResult>;
  tickets: TicketSource;
  isOver = false;
  /** What ended it, unless its client did. */
  endedBy: GatehouseError | undefined;
  /** Whether it was logged in at any time: from then on the SDK comes back by itself. */
  hasEntered = false;
  /** Whose renewal is under way. */
  renewing: TicketSource | undefined;
  /** Refusals because of a kick war (rule KICK-8) since the last login. */
  wars = 0;
  readonly #abort = new AbortController();
  readonly #pause = new Pause();
  readonly #giveUpAtMs: number;
  readonly #giveUp: ReturnType<typeof setTimeout>;
  #settle: { resolve(result: LoginResult): void; reject(error: GatehouseError): void } | undefined;
  #link: Link | undefined;
  #isIn = false;
  /** Whether the next connection goes without a login in its handshake. */
  #isPlain = false;
  #attempt = 0;
  #lastError = new GatehouseError(6012, { message: 'the login took too long' });
  #isWakeable = false;
  #yielding: Promise<unknown> = Promise.resolve();

  constructor(host: SessionHost, options: LoginOptions, presence?: Presence) {
    const { sdkAppId, timing } = host.settings;
    this.host = host;
    this.userID = options.userID;
    this.presence = presence ?? new Presence({ sdkAppId, userID: options.userID });
    this.tickets = this.newTickets(options);
    this.entered = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#giveUpAtMs = performance.now() + timing.loginWithinMs;
    this.#giveUp = setTimeout(() => this.finish('refused', this.#lastError), timing.loginWithinMs);
  }

  /** Aborted when the session is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The link that is up, whatever happens on it. */
  get link(): Link | undefined {
    return this.#link?.isUp === true ? this.#link : undefined;
  }

  /** The link on which the user is logged in; none while the session is away, or over: the next user may have it then. */
  get online(): Link | undefined {
    return this.#isIn && !this.isOver ? this.link : undefined;
  }

  newTickets({ userID, userSig, getTicket }: LoginOptions): TicketSource {
    const withinMs = this.host.settings.timing.ticketWithinMs;
    return new TicketSource({ userID, userSig, getTicket, withinMs, signal: this.signal });
  }

  /** Logs in and stays online until the session is over. `first`: what its login on another's link has come to. */
  async run(first?: Verdict): Promise<void> {
    if (this.isOver) return;
    let verdict = first ?? (await this.#try());
    while (!this.isOver) {
      if (verdict.kind === 'final') this.endAs(verdict);
      else if (verdict.kind === 'later') verdict = await this.#again(verdict);
      else verdict = await this.#stay(verdict);
    }
  }

  /** The network may be back: comes back now, unless the gateway named the delay, or looks after its link. */
  wake(): void {
    if (this.#isWakeable) this.#pause.wake();
    this.link?.check();
  }

  /** While `until` runs the end of the link is not this session's business: another user is logging in on it. */
  yieldTo(until: Promise<unknown>): void {
    this.#yielding = until;
  }

  /** Stops all it does, tells nobody, and leaves the link to the caller. */
  release(): void {
    this.isOver = true;
    clearTimeout(this.#giveUp);
    this.#abort.abort();
  }

  /** The same, and the login that was waited for is rejected. */
  cancel(error: GatehouseError): void {
    this.release();
    this.#settle?.reject(error);
  }

  /** Ends the session and its link, and tells its client. */
  finish(reason: LogoutReason, error: GatehouseError): void {
    if (this.isOver) return;
    this.endedBy = error;
    this.cancel(error);
    this.#link?.close();
    this.host.ended(this, reason, error);
  }

  /** Goes on with the tickets of a repeated login. */
  adopt(tickets: TicketSource, { link, held }: Verdict & { kind: 'in' }): void {
    this.tickets = tickets;
    this.#listen(link, held);
  }

  #listen(link: Link, held: readonly Push[]): void {
    link.onPush = (push) => takePush(this, push);
    for (const push of held) takePush(this, push);
  }

  /** Waits between tries of a background task; ends early with the session. */
  backOff(attempt: number): Promise<void> {
    return new Pause().wait(backOffMs(attempt, this.#range), this.signal);
  }

  get #range() {
    const { backOffFirstMs: firstMs, backOffLongestMs: longestMs } = this.host.settings.timing;
    return { firstMs, longestMs };
  }

  async #try(): Promise<Verdict> {
    this.#isIn = false;
    this.host.events.emit('connecting', { attempt: ++this.#attempt });
    try {
      // Before the connection: on it the gateway waits for the login no longer than its deadline.
      if (this.tickets.current === undefined) {
        await this.tickets.fetch(this.hasEntered ? 'expired' : 'login');
      }
      const link = await this.#open();
      this.#link = link;
      if (this.isOver) link.close();
      const verdict = await logIn(this, this.tickets, link, this.hasEntered);
      if (verdict.kind === 'in') return verdict;
      // An end that came instead of the answer says what follows.
      if (verdict.error.code === 6201) return judgeEnd(this, await link.ended);
      link.close();
      return verdict;
    } catch (cause) {
      return judge(this, cause as GatehouseError, 1006);
    }
  }

  /**
   * Makes a connection, with the login in its handshake where that may be. When none comes about, the login may be why (a proxy
   * that bounds headers): the next one goes without, and so by turns until one does (rule CONN-11).
   */
  async #open(): Promise<Link> {
    const { settings } = this.host;
    const { current } = this.tickets;
    const offers = settings.handshakeLogin && !this.#isPlain && current !== undefined;
    const login = offers ? loginFields(this, current, this.hasEntered) : undefined;
    try {
      return await Link.open({ ...settings, ...settings.timing }, this.signal, login);
    } catch (error) {
      this.#isPlain = !this.#isPlain;
      // An answer that is final would be so for the login only.
      if (!offers || (error as GatehouseError).code !== 9511) throw error;
      return this.#open();
    }
  }

  /** Waits as it must, then tries again. */
  async #again({ error, closeCode, delayMs }: Verdict & { kind: 'later' }): Promise<Verdict> {
    this.#lastError = error;
    const ms = delayMs ?? backOffMs(Math.max(1, this.#attempt), this.#range);
    if (!this.hasEntered && performance.now() + ms > this.#giveUpAtMs) {
      return { kind: 'final', reason: 'refused', error, closeCode };
    }
    this.host.events.emit('disconnected', { closeCode, retryInMs: Math.round(ms), error });
    this.#isWakeable = delayMs === undefined;
    await this.#pause.wait(ms, this.signal);
    this.#isWakeable = false;
    return this.isOver ? { kind: 'later', error, closeCode } : this.#try();
  }

  /** Is in until the link ends; gives what follows from that. */
  async #stay(verdict: Verdict & { kind: 'in' }): Promise<Verdict> {
    const { link, loggedIn, userSig, held } = verdict;
    const enteredAtMs = performance.now();
    this.#link = link;
    this.#isIn = true;
    this.wars = 0;
    this.#enter(loggedIn);
    this.#listen(link, held);
    const { current } = this.tickets;
    // Fetched for a renewal while the link was being mended with the one before.
    if (current !== undefined && current !== userSig) bringTicket(this, current);
    restoreWatches(this, link, loggedIn.watches).catch((error: unknown) => this.tell(error));
    const end = await link.ended;
    // The other user's login decides whether this session goes on.
    await this.#yielding;
    if (performance.now() - enteredAtMs >= this.host.settings.timing.steadyMs) this.#attempt = 0;
    return judgeEnd(this, end);
  }

  #enter({ sessionId, ticketEndsAt, repeatLogin, pushNumber }: Frame<'loggedIn'>): void {
    const { userID } = this;
    const isReturn = this.hasEntered;
    this.hasEntered = true;
    this.inbox.after = pushNumber;
    clearTimeout(this.#giveUp);
    this.#settle?.resolve({ userID, sessionId, ticketEndsAt, repeatLogin });
    if (!isReturn) this.host.entered(this);
    // A listener may have ended it at once.
    if (!this.isOver) this.host.events.emit('connected', { userID, sessionId, isReturn });
  }

  /** Tells of an error that no promise carries; a lost link is told of already. */
  tell(error: unknown): void {
    const known = error as GatehouseError;
    if (!this.isOver && known.code !== 6201) this.host.events.emit('error', known);
  }

  /** Ends the session as something judged so, and tells the application why. */
  endAs(verdict: Verdict & { kind: 'final' }): void {
    if (this.isOver) return;
    const whileAway = this.hasEntered && !this.#isIn;
    this.finish(verdict.reason, verdict.error);
    tellEnd(this, verdict, whileAway);
  }
}
