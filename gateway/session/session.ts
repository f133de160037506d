import { answerCodes, type AnswerCodeName, type CloseCodeName } from '../../protocol/codes.ts';
import type { ClientFrame, ServerFrame } from '../../protocol/frames.ts';
import type { Kick } from '../registry/port.ts';
import { Deadline } from './deadline-wheel.ts';
import { dispatch } from './dispatch.ts';
import { endAsKicked, endAsReplaced } from './kick.ts';
import type { Inbound, Outbound } from './outbound.ts';
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
export class Session extends Deadline implements Inbound {
  readonly room: SessionRoom;
  readonly #outbound: Outbound;
  state: SessionState = opened;
  /** Refused logins so far. */
  failedLogins = 0;

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

  /** Sends a frame. A client that is too far behind to get it loses the connection, never just the frame. */
  send(frame: ServerFrame): void {
    if (this.state.kind === 'closed') return;
    if (this.#outbound.send(frame) === 'dropped') this.end('slowConsumer');
  }

  /** Told by the registry: this very session has been kicked. */
  kicked(kick: Kick): void {
    endAsKicked(this, kick);
  }

  /** Told by the registry: the same instance has a newer session. */
  replaced(): void {
    endAsReplaced(this);
  }

  /** Ends the connection from this side, with a last frame if there is one: the socket first, the registry after. */
  end(code: CloseCodeName, last?: ServerFrame): void {
    if (this.state.kind === 'closed') return;
    const { state } = this;
    this.state = closed;
    this.#outbound.close(code, last);
    this.#leave(state);
  }

  /** The socket is gone. */
  closed(): void {
    const { state } = this;
    if (state.kind === 'closed') return;
    this.state = closed;
    this.#leave(state);
  }

  /** Takes the session out of every table and timer of this node, and the registry. */
  #leave(state: SessionState): void {
    this.room.wheel.disarm(this);
    this.room.sessions.closed(this);
    if (!('login' in state)) return;
    this.room.sessions.release(state.login.sessionId);
    // A login still on its way is undone by its own handler, which knows what became of it.
    if (state.kind === 'loggingIn') return;
    this.room.counters.countSessionEnd(state.login.platform);
    this.note('session ended', state.login);
    void this.room.registry.logout(state.login, 'left');
  }

  /** The user leaves and the connection stays. Resolves when the registry knows, or cannot be told now. */
  async leaveLogin(login: Login): Promise<void> {
    this.state = loggingOut;
    this.room.wheel.disarm(this);
    this.room.sessions.release(login.sessionId);
    this.room.counters.countSessionEnd(login.platform);
    await this.room.registry.logout(login, 'left');
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

  /** The login this connection has or is getting. */
  get login(): Login | undefined {
    return 'login' in this.state ? this.state.login : undefined;
  }

  /** The transport need no longer count this socket among those that owe a login. */
  admitted(): void {
    this.#outbound.loggedIn();
  }

  override onDeadline(): void {
    if (this.state.kind === 'opened') this.end('loginTimeout');
    else onTicketDeadline(this);
  }
}
