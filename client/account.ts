import { checkLogin } from './arguments.ts';
import type { Emitter, LoginStatus, LogoutReason } from './events.ts';
import { GatehouseError } from './gatehouse-error.ts';
import type { Link } from './link.ts';
import { logIn } from './log-in.ts';
import type { Presence } from './presence.ts';
import { Session, type SessionHost } from './session.ts';
import type { LoginOptions, LoginResult } from './login-options.ts';
import type { Settings } from './settings.ts';

/** Who is logged in and who is about to be; at most one of each. */
export class Account implements SessionHost {
  readonly settings: Settings;
  readonly events: Emitter;
  /** The user of the newest login, whatever became of it. */
  lastUserId = '';
  #session: Session | undefined;
  #entering: Session | undefined;
  #isRepeating = false;
  #isLoggingOut = false;
  #isDestroyed = false;
  /** A kick war is on: that user's login is sent no sooner (rule KICK-9). */
  #war = { userID: '', untilMs: 0 };

  constructor(settings: Settings, events: Emitter) {
    this.settings = settings;
    this.events = events;
  }

  get userID(): string {
    return this.#session?.userID ?? '';
  }

  get status(): LoginStatus {
    if (this.#entering !== undefined) return 'loggingIn';
    return this.#session === undefined ? 'loggedOut' : 'loggedIn';
  }

  get isReady(): boolean {
    return this.#session?.online !== undefined;
  }

  async login(options: LoginOptions): Promise<LoginResult> {
    this.#checkTurn();
    checkLogin(options);
    this.#checkWar(options.userID);
    this.lastUserId = options.userID;
    const current = this.#session;
    const link = current?.online;
    const isSame = current?.userID === options.userID;
    if (current === undefined || link === undefined) {
      return this.#begin(options, current, isSame ? current.presence : undefined);
    }
    if (isSame) return this.#repeat(current, link, options);
    const next = this.#announce(new Session(this, options));
    void this.#switch(current, link, next);
    return next.entered;
  }

  /** Logs in on a link of its own; a session that is away is over with that. */
  #begin(options: LoginOptions, previous?: Session, presence?: Presence): Promise<LoginResult> {
    const next = this.#announce(new Session(this, options, presence));
    this.#session = undefined;
    previous?.release();
    previous?.link?.close();
    void next.run();
    return next.entered;
  }

  #announce(next: Session): Session {
    this.#entering = next;
    this.#tell('loggingIn', next.userID);
    return next;
  }

  async logout(): Promise<void> {
    this.assertAlive();
    if (this.#isLoggingOut) throw logoutRuns();
    const [current, entering] = [this.#session, this.#entering];
    const session = entering ?? current;
    if (session === undefined) throw notLoggedIn();
    const link = entering?.link ?? current?.link;
    this.#session = undefined;
    this.#entering = undefined;
    this.#isLoggingOut = true;
    current?.release();
    entering?.cancel(
      new GatehouseError(6023, { message: 'logged out before the login had finished' }),
    );
    this.#tell('loggedOut', session.userID, 'logout');
    if (link !== undefined) await this.#sayGoodbye(link);
    this.#isLoggingOut = false;
  }

  /** The session in force. Throws 6014 when nobody is logged in. */
  present(): Session {
    this.assertAlive();
    if (this.#session === undefined) throw notLoggedIn();
    return this.#session;
  }

  /** The session in force and its link. Throws 6200 while the link is being mended. */
  online(): { readonly session: Session; readonly link: Link } {
    const session = this.present();
    const link = session.online;
    if (link !== undefined) return { session, link };
    throw new GatehouseError(6200, { message: 'there is no link to the gateway now' });
  }

  assertAlive(): void {
    if (this.#isDestroyed) throw new GatehouseError(6013, { message: 'the client is destroyed' });
  }

  wake(): void {
    this.#session?.wake();
    this.#entering?.wake();
  }

  destroy(): void {
    const error = new GatehouseError(6013, { message: 'the client was destroyed' });
    this.#isDestroyed = true;
    this.#session?.finish('destroyed', error);
    this.#entering?.finish('destroyed', error);
  }

  /** A session's word: it is logged in. */
  entered(session: Session): void {
    this.#session = session;
    this.#entering = undefined;
    this.#tell('loggedIn', session.userID);
  }

  /** A session's word: it is over, or never came to be. */
  ended(session: Session, reason: LogoutReason, error: GatehouseError): void {
    const { userID } = session;
    if (error.code === 70114) {
      this.#war = { userID, untilMs: performance.now() + error.retryAfterMs };
    }
    if (session === this.#session) this.#session = undefined;
    else if (session === this.#entering) this.#entering = undefined;
    else return;
    if (this.#session !== undefined) this.#tell('loggedIn', this.#session.userID);
    else if (this.#entering === undefined) this.#tell('loggedOut', userID, reason, error);
  }

  /** Throws where no login may begin now. */
  #checkTurn(): void {
    this.assertAlive();
    if (this.#isLoggingOut) throw logoutRuns();
    if (this.#entering !== undefined || this.#isRepeating) {
      throw new GatehouseError(7501, { message: 'a login is running: wait for it' });
    }
  }

  #checkWar(userID: string): void {
    const leftMs = this.#war.untilMs - performance.now();
    if (userID === this.#war.userID && leftMs > 0) {
      throw new GatehouseError(70114, {
        message: 'the account is in use elsewhere: try again after the delay',
        retryAfterMs: Math.ceil(leftMs),
      });
    }
  }

  /** Logs another user in on the link (rules SWITCH-1 to SWITCH-3). */
  async #switch(current: Session, link: Link, next: Session): Promise<void> {
    // A listener that heard of it has stopped it.
    if (next.isOver) return;
    let decide = (): void => undefined;
    current.yieldTo(new Promise<void>((resolve) => (decide = resolve)));
    const verdict = await logIn(next, next.tickets, link, false);
    if (next.isOver) {
      // Given up meanwhile: what the gateway still makes of it on this link is nobody's wish.
      if (!current.isOver) link.abandon();
    } else if (verdict.kind === 'final' && verdict.reason !== 'kicked') {
      next.finish(verdict.reason, verdict.error);
    } else {
      if (verdict.kind !== 'in') link.close();
      current.release();
      this.#session = undefined;
      void next.run(verdict);
    }
    decide();
  }

  /** Brings a new ticket of the same user (rule LOGIN-4). */
  async #repeat(session: Session, link: Link, options: LoginOptions): Promise<LoginResult> {
    this.#isRepeating = true;
    try {
      const tickets = session.newTickets(options);
      const verdict = await logIn(session, tickets, link, false);
      // A kick that came meanwhile says more than the loss of its link.
      if (verdict.kind !== 'in') throw session.endedBy ?? verdict.error;
      session.adopt(tickets, verdict);
      const { sessionId, ticketEndsAt, repeatLogin } = verdict.loggedIn;
      return { userID: session.userID, sessionId, ticketEndsAt, repeatLogin };
    } finally {
      this.#isRepeating = false;
    }
  }

  /** Where the gateway cannot be told by an answered request, the close tells it, or the silence. */
  async #sayGoodbye(link: Link): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise((resolve) => {
      timer = setTimeout(resolve, this.settings.timing.logoutWithinMs);
    });
    await Promise.race([link.ask('logout', {}).catch(() => undefined), tooLate]);
    clearTimeout(timer);
    link.close();
  }

  #tell(status: LoginStatus, userID: string, reason?: LogoutReason, error?: GatehouseError): void {
    this.events.emit('loginStatusChanged', {
      status,
      userID,
      ...(reason !== undefined && { reason }),
      ...(error !== undefined && { error }),
    });
  }
}

function logoutRuns(): GatehouseError {
  return new GatehouseError(7502, { message: 'a logout is running: wait for it' });
}

function notLoggedIn(): GatehouseError {
  return new GatehouseError(6014, { message: 'nobody is logged in: call login first' });
}
