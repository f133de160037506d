import { encode, decodeServerFrame } from '../../protocol/codec.ts';
import type { ClientFrame, Frame, ServerFrame } from '../../protocol/frames.ts';
import { opcode, type RawClient, type RawFrame } from '../support/raw-client.ts';
import { nowNs } from './event-log.ts';
import type { FaultEvent } from './events.ts';

/** Where clients of a node connect. */
export interface Door {
  /** Name of the node. */
  readonly name: string;
  readonly port: number;
}

/** What became of a login. */
export type Outcome =
  | { readonly kind: 'in'; readonly sessionId: string }
  | { readonly kind: 'refused'; readonly code: number; readonly retryAfterMs: number }
  /** The connection ended before an answer. */
  | { readonly kind: 'closed'; readonly code: number }
  /** There was no connection. */
  | { readonly kind: 'unreachable' };

/** What a client does behind its login without waiting for the answer, in the same TCP segment. */
export type Sequel = 'logout' | 'close' | 'cut';

/** Who hears of an attempt. */
export interface AttemptListener {
  note(event: FaultEvent): void;
  /** Its session is over, or its connection, or both at once. */
  over(attempt: Attempt): void;
}

const requestSeq = { login: 1, logout: 2, renew: 3, watch: 4 } as const;

/** One login on one connection of its own, from the frame that asks to the end; tells its listener all it sees. */
export class Attempt {
  readonly login: number;
  readonly node: string;
  readonly #raw: RawClient;
  readonly #listener: AttemptListener;
  #resolve: (outcome: Outcome) => void = () => undefined;
  /** Fulfilled with the answer to the login, or with the end that came instead. */
  readonly answered: Promise<Outcome>;
  outcome: Outcome | undefined;
  /** When the client's part was over, in the time of the log. */
  endedNs: number | undefined;
  /** The delay that the node told for coming back, if it did. */
  reconnectAfterMs: number | undefined;
  closeCode: number | undefined;
  /** Hears what comes of presence; nobody does if left out. */
  onPresence: ((frame: PresenceFrame) => void) | undefined;
  /** Was told that its ticket ended. */
  hasExpired = false;
  /** Was told that its new ticket counts. */
  hasRenewed = false;
  /** The node's clock when it answered the login, in Unix seconds. */
  serverTime: number | undefined;
  #isLeaving = false;
  #isClosed = false;
  #ticketEndsAt = 0;

  constructor(raw: RawClient, login: number, node: string, listener: AttemptListener) {
    this.#raw = raw;
    this.login = login;
    this.node = node;
    this.#listener = listener;
    this.answered = new Promise((resolve) => (this.#resolve = resolve));
    raw.socket.on('data', () => this.#drain());
    void raw.ended.then(({ code }) => this.#close(code));
  }

  /** Logged in, and with no wish to leave. */
  get isIn(): boolean {
    return this.outcome?.kind === 'in' && this.endedNs === undefined && !this.#isLeaving;
  }

  /** Wishes to leave, or has left. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Waits for an answer, or for the end of a logout or close of its own. */
  get isPending(): boolean {
    if (this.#isClosed) return false;
    return this.outcome === undefined || (this.#isLeaving && this.endedNs === undefined);
  }

  get sessionId(): string {
    return this.outcome?.kind === 'in' ? this.outcome.sessionId : '';
  }

  /** Sends the login and, in the same segment, what follows it. */
  begin(fields: Omit<Frame<'login'>, 'seq' | 'name'>, sequel?: Sequel): void {
    const { userId, instanceId, platform, automatic } = fields;
    const { login, node } = this;
    this.#listener.note({ kind: 'sent', login, userId, instanceId, platform, automatic, node });
    this.#raw.socket.cork();
    this.#send({ name: 'login', seq: requestSeq.login, ...fields });
    if (sequel === 'logout') this.logOut();
    if (sequel === 'close') this.close();
    this.#raw.socket.uncork();
    // Not at once: the reset would overtake the bytes.
    if (sequel === 'cut') setImmediate(() => this.cut());
  }

  logOut(): void {
    this.#leave();
    this.#send({ name: 'logout', seq: requestSeq.logout });
  }

  renew(userSig: string): void {
    this.#send({ name: 'renew', seq: requestSeq.renew, userSig });
  }

  /** Sends bytes as they are: frames that no honest client sends. */
  sendBytes(bytes: Uint8Array): void {
    this.#raw.sendBytes(bytes);
  }

  /** Asks to be told of these users; the answer goes to `onPresence`. */
  watch(userIds: readonly string[]): void {
    this.#send({ name: 'watch', seq: requestSeq.watch, userIds, sdkAppId: 0 });
  }

  /** Closes in the polite way. */
  close(): void {
    if (this.#isClosed) return;
    this.#leave();
    this.#raw.sendClose(1000);
  }

  /** Ends the connection as a crashed host does. */
  cut(): void {
    if (this.#isClosed) return;
    this.#leave();
    this.#raw.reset();
    this.#close(1006);
  }

  /** Stops or goes on reading from the socket. */
  pause(): void {
    this.#raw.socket.pause();
  }

  resume(): void {
    this.#raw.socket.resume();
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#listener.note({ kind: 'leaving', login: this.login });
  }

  #send(frame: ClientFrame): void {
    this.#raw.sendFrame({ opcode: opcode.binary, payload: encode(frame, 'msgpack') });
  }

  #drain(): void {
    for (const frame of this.#raw.frames.splice(0)) this.#onFrame(frame);
  }

  #onFrame({ opcode: kind, payload }: RawFrame): void {
    if (kind === opcode.ping) this.#raw.sendFrame({ opcode: opcode.pong, payload });
    else if (kind === opcode.close) this.#close(payload.length < 2 ? 1005 : payload.readUInt16BE());
    else if (kind === opcode.binary) {
      const decoded = decodeServerFrame(payload, 'msgpack');
      if (decoded.kind !== 'frame') throw new Error(`no frame: ${payload.toString('hex')}`);
      this.#take(decoded.frame);
    }
  }

  #take(frame: ServerFrame): void {
    if (isOfPresence(frame)) return this.onPresence?.(frame);
    if (isForNobody(frame)) return;
    const { login } = this;
    const note = (event: FaultEvent): void => this.#listener.note(event);
    switch (frame.name) {
      case 'loggedIn':
        this.#ticketEndsAt = frame.ticketEndsAt;
        this.serverTime = frame.serverTime;
        note({ kind: 'acked', login, sessionId: frame.sessionId });
        return this.#answer({ kind: 'in', sessionId: frame.sessionId });
      case 'failed':
        return this.#fail(frame);
      case 'renewed':
        this.#ticketEndsAt = frame.ticketEndsAt;
        this.hasRenewed = true;
        return note({ kind: 'renewed', login });
      case 'loggedOut':
        note({ kind: 'loggedOut', login });
        return this.#end();
      case 'kicked': {
        const { kickType, byInstanceId, byPlatform } = frame;
        return note({ kind: 'kicked', login, kickType, byInstanceId, byPlatform });
      }
      case 'ticketExpiring':
        return note({ kind: 'expiring', login });
      case 'ticketExpired':
        this.hasExpired = true;
        return note({ kind: 'expired', login, lateMs: Date.now() - this.#ticketEndsAt * 1000 });
      case 'goingAway':
        this.reconnectAfterMs = frame.reconnectAfterMs;
        return note({ kind: 'goingAway', login, reconnectAfterMs: frame.reconnectAfterMs });
    }
  }

  #fail({ seq, code, retryAfterMs }: Frame<'failed'>): void {
    const { login } = this;
    if (seq === requestSeq.renew) {
      return this.#listener.note({ kind: 'renewalRefused', login, code });
    }
    if (seq !== requestSeq.login) return;
    this.#listener.note({ kind: 'refused', login, code, retryAfterMs });
    this.#answer({ kind: 'refused', code, retryAfterMs });
  }

  #answer(outcome: Outcome): void {
    this.outcome ??= outcome;
    this.#resolve(this.outcome);
  }

  #close(code: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.closeCode = code;
    this.#listener.note({ kind: 'closed', login: this.login, code, byUs: this.#isLeaving });
    this.#answer({ kind: 'closed', code });
    this.#end();
  }

  #end(): void {
    this.endedNs ??= nowNs();
    this.#listener.over(this);
  }
}

const presenceFrames = ['statusSet', 'watching', 'unwatched', 'queried', 'statusChanged'] as const;

/** What a connection gets because of presence. */
export type PresenceFrame = Frame<(typeof presenceFrames)[number]>;

function isOfPresence(frame: ServerFrame): frame is PresenceFrame {
  return (presenceFrames as readonly string[]).includes(frame.name);
}

/** These devices send no ping and no messages, and nobody pushes to them. */
function isForNobody(frame: ServerFrame): frame is Frame<'pong' | 'push' | 'sent'> {
  return ['pong', 'push', 'sent'].includes(frame.name);
}
