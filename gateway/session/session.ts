import {
  answerCodes,
  closeCodes,
  isFinal,
  type AnswerCodeName,
  type CloseCodeName,
} from '../../protocol/codes.ts';
import type { ClientFrame, ServerFrame } from '../../protocol/frames.ts';
import { SharedFrame } from '../../protocol/shared-frame.ts';
import { statusOnWire } from '../presence/status-on-wire.ts';
import type { Notified, Watcher } from '../presence/watcher.ts';
import type { Receiver } from '../push/broadcasts.ts';
import type { Status } from '../registry/status.ts';
import type { Kick } from '../registry/kick.ts';
import { isAway, type Ending } from '../registry/session-record.ts';
import { Deadline } from './deadline-wheel.ts';
import { dispatch } from './dispatch.ts';
import { endAsKicked, endAsReplaced } from './kick.ts';
import { handlePush } from './push.ts';
import type { Inbound, LinkEnd, Outbound, SendOutcome } from './outbound.ts';
import type { SessionRoom } from './session-room.ts';
import {
  closed,
  logFields,
  loggingOut,
  opened,
  type Login,
  type SessionState,
} from './session-state.ts';
import { onTicketDeadline } from './ticket-watch.ts';

/**
 * What happens on one connection, from its opening to its end. It owns its state, its one deadline and its
 * place in the node's tables; handlers move it, and every way out goes through `#leave`.
 */
export class Session extends Deadline implements Inbound, Notified, Receiver {
  readonly room: SessionRoom;
  readonly #outbound: Outbound;
  state: SessionState = opened;
  /** Refused logins so far. */
  failedLogins = 0;
  /** What presence keeps of this session, from its first call on. */
  watcher: Watcher | undefined = undefined;
  /** When the bucket of messages to other users is full again, in monotonic ms. */
  sendsFullAtMs = 0;
  /** Pushes that wait for the answer to the login. */
  heldPushes: SharedFrame[] | undefined = undefined;

  constructor(room: SessionRoom, outbound: Outbound) {
    super();
    this.room = room;
    this.#outbound = outbound;
    room.sessions.opened(this);
    this.reopen();
  }

  /** A checked frame of the client; whatever its handler throws ends here. */
  receive(frame: ClientFrame): void {
    try {
      dispatch(this, frame);
    } catch (error) {
      this.failedAt(frame.seq, error);
    }
  }

  /** Answers a request with a code; `message` in place of the code's own text where there is more to say. */
  refuse(seq: number, code: AnswerCodeName, message?: string, retryAfterMs = 0): void {
    this.room.counters.countRefusal(code);
    const entry = answerCodes[code];
    this.send({
      name: 'failed',
      seq,
      code: entry.code,
      message: message ?? entry.text,
      retryAfterMs,
    });
  }

  /** A request met a bug or broken I/O: the client is told and the operator sees the error. */
  failedAt(seq: number, err: unknown): void {
    const state = this.state.kind;
    this.room.logger.error({ err, state }, 'a request failed');
    this.refuse(seq, 'internalError', undefined, 1000);
    // Half-way through a login or logout nobody can say what holds; a new connection can.
    if (state === 'loggingIn' || state === 'loggingOut') this.end('internalError');
  }

  /** Sends a frame. A client that cannot get it loses the connection, never just the frame. */
  send(frame: ServerFrame): void {
    if (this.state.kind === 'closed' || this.state.kind === 'lost') return;
    this.#mustArrive(this.#outbound.send(frame));
  }

  /** Told by presence. Without a link nobody is told: what holds then is sent when the client is back. Whether it was sent. */
  notify(frames: readonly SharedFrame[]): boolean {
    if (this.state.kind !== 'loggedIn' && this.state.kind !== 'expired') return false;
    return this.#mustArrive(this.#outbound.sendAll(frames));
  }

  /** A client that misses one frame would never know: it loses its connection instead. */
  #mustArrive(outcome: SendOutcome): boolean {
    if (outcome === 'dropped') this.end('slowConsumer');
    else if (outcome === 'failed') this.end('internalError');
    return outcome === 'sent' || outcome === 'buffered';
  }

  /** Told by the registry: something is pushed to this very session, or to everybody. */
  pushed(frame: SharedFrame): void {
    handlePush(this, frame);
  }

  isOf(sdkAppId: number): boolean {
    return this.login?.sdkAppId === sdkAppId;
  }

  /** Told by the registry: the user has set a custom status on another instance (rule PRESENCE-3). */
  ownStatusChanged(status: Status): void {
    const { login } = this;
    if (login === undefined) return;
    const statuses = [statusOnWire(login.userId, status)];
    const { sdkAppId } = login;
    this.notify([new SharedFrame({ name: 'statusChanged', seq: 0, sdkAppId, statuses })]);
  }

  /** Told by the registry: this very session has been kicked. */
  kicked(kick: Kick): void {
    endAsKicked(this, kick);
  }

  /** Told by the registry: the same instance has a newer session. */
  replaced(): void {
    endAsReplaced(this);
  }

  /**
   * Ends the connection from this side, with a last frame if there is one: the socket first, the registry after. A
   * client that is told to come back finds its session held.
   */
  end(code: CloseCodeName, last?: ServerFrame): void {
    const { state } = this;
    if (state.kind === 'closed') return;
    const isOver = isFinal(closeCodes[code].code);
    // It comes back after the delay it was told, so that much longer its session is held.
    const delayMs = last?.name === 'goingAway' ? last.reconnectAfterMs : 0;
    if (!isOver && this.#hold(state, 'lost', delayMs)) return this.#outbound.close(code, last);
    this.state = closed;
    this.#outbound.close(code, last);
    this.#leave(state, endingAfter(code));
  }

  /** The socket is gone. */
  closed(end: LinkEnd): void {
    const { state } = this;
    if (state.kind === 'closed' || state.kind === 'lost') return;
    const ending = end === 'goodbye' ? 'left' : end;
    if (isAway(ending) && this.#hold(state, ending, 0)) return;
    this.state = closed;
    this.#leave(state, ending);
  }

  /** Keeps a session without a link for a while (rule PRESENCE-8). Whether there is one to keep. */
  #hold(state: SessionState, ending: Ending, delayMs: number): boolean {
    const { wheel, clock, settings, sessions, counters } = this.room;
    if (settings.holdMs === 0) return false;
    if (state.kind !== 'loggedIn' && state.kind !== 'expired') return false;
    const { login } = state;
    this.state = { kind: 'lost', login, ending };
    wheel.arm(this, clock.monotonicMs() + delayMs + settings.holdMs);
    sessions.lost(this, login);
    counters.lostLinks++;
    this.note('link lost', login);
    return true;
  }

  /** Takes the session out of every table and timer of this node, and the registry. */
  #leave(state: SessionState, ending: Ending): void {
    this.room.wheel.disarm(this);
    this.room.sessions.closed(this);
    if (!('login' in state)) return;
    this.room.sessions.release(state.login);
    // A login still on its way is undone by its own handler, which knows what became of it.
    if (state.kind === 'loggingIn') return;
    if (state.kind === 'lost') this.room.sessions.found(this, state.login);
    this.#endLogin(state.login);
    this.note('session ended', state.login);
    void this.room.registry.logout(state.login, ending);
  }

  /** The user leaves and the connection stays. Resolves when the registry knows, or cannot be told now. */
  async leaveLogin(login: Login): Promise<void> {
    this.state = loggingOut;
    this.room.wheel.disarm(this);
    this.room.sessions.release(login);
    this.#endLogin(login);
    await this.room.registry.logout(login, 'left');
  }

  #endLogin(login: Login): void {
    this.room.counters.countSessionEnd(login.platform);
    if (this.watcher !== undefined) this.room.presence.release(this.watcher);
    this.watcher = undefined;
  }

  /**
   * Nobody is logged in, or about to be: the connection owes a login again.
   * @param dueAtMs a deadline that still holds, in monotonic ms; without it a new one begins
   */
  reopen(dueAtMs = Infinity): void {
    const { wheel, clock, settings } = this.room;
    this.state = opened;
    wheel.arm(this, Math.min(dueAtMs, clock.monotonicMs() + settings.loginDeadlineMs));
  }

  /** One debug line about a login; nothing is put together while the level is off. */
  note(event: string, login: Login, more?: object): void {
    const { logger } = this.room;
    if (logger.isLevelEnabled('debug')) logger.debug({ ...logFields(login), ...more }, event);
  }

  /** What a client is told of this node's clock, in Unix seconds. */
  get serverTime(): number {
    return Math.floor(this.room.clock.wallMs() / 1000);
  }

  /** Whether the connection is gone and nothing of the session is left here. */
  get isClosed(): boolean {
    return this.state.kind === 'closed';
  }

  /** The peer's address; that of the last link where there is none now. */
  get remoteAddress(): string {
    return this.#outbound.remoteAddress;
  }

  /** The login this connection has or is getting. */
  get login(): Login | undefined {
    return 'login' in this.state ? this.state.login : undefined;
  }

  /** The transport need no longer count this socket among those that owe a login. */
  admitted(): void {
    this.#outbound.loggedIn();
  }

  override onDeadline(): void {
    const { state } = this;
    if (state.kind === 'opened') return this.end('loginTimeout');
    if (state.kind !== 'lost') return onTicketDeadline(this);
    this.state = closed;
    this.#leave(state, state.ending);
  }
}

/** How the session of a connection ends that this side closes. */
function endingAfter(code: CloseCodeName): Ending {
  if (code === 'ticketExpired') return 'expired';
  return isFinal(closeCodes[code].code) ? 'closed' : 'lost';
}
