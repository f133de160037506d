import type { ClientFrame, Frame, ServerFrame } from '../protocol/frames.ts';
import { decodeAnswer, encodeRequest, type FieldsOf } from './frame-codec.ts';
import { GatehouseError } from './gatehouse-error.ts';
import { connect, refusal, tookLogin, unreachable } from './handshake.ts';
import { joined } from './long-answer.ts';
import { Pulse, type PulseSettings } from './pulse.ts';
import type { Replies } from './replies.ts';
import { TakenLogin } from './taken-login.ts';
import type { SocketEvent, WebSocketClass, WebSocketLike } from './web-socket.ts';

/** Where and how a link is made. */
export interface LinkSettings extends PulseSettings {
  readonly url: string;
  readonly WebSocket: WebSocketClass;
  /** How long a connection may take to be made. */
  readonly connectWithinMs: number;
  /** How long an answer may take. */
  readonly answerWithinMs: number;
}

/** How a link ended: the WebSocket's close code and reason. */
export interface LinkEnd {
  readonly code: number;
  readonly reason: string;
  /** The delay the gateway told for coming back, if it did (rule DRAIN-1). */
  readonly delayMs?: number;
}

/** A frame nobody asked for. */
export type Push = Frame<'kicked' | 'ticketExpiring' | 'ticketExpired' | 'statusChanged' | 'push'>;

interface Pending {
  readonly resolve: (reply: ServerFrame) => void;
  readonly reject: (error: GatehouseError) => void;
  readonly answered: () => void;
  readonly timer: ReturnType<typeof setTimeout>;
  /** The parts of a long answer so far (rule PRESENCE-9). */
  parts: ServerFrame | undefined;
}

/** Longest frame before and after the first login, in bytes (rule FRAME-5); a longer one would cut the link. */
const frameBytes = { first: 4096, later: 20_480 };

/** Closes of the browser that mean nothing to the gateway: the session is held, the client comes back. */
const abandoned = 3001;
/** The number of a login within the handshake; later requests have other ones. */
const handshakeSeq = 1;

/** One WebSocket, from the first try to its end. It does nothing by itself but look after its own life. */
export class Link {
  /** Fulfilled once, when the link has ended for whatever reason. Never rejects. */
  readonly ended: Promise<LinkEnd>;
  /** Hears what nobody asked for, in the order of arrival. */
  onPush: (push: Push) => void = (push) => this.#unheard.push(push);
  /** What came behind the answer to a login that nobody had asked for yet. */
  readonly #unheard: Push[] = [];
  readonly #socket: WebSocketLike;
  readonly #settings: LinkSettings;
  readonly #pending = new Map<number, Pending>();
  #pulse: Pulse | undefined;
  #seq = handshakeSeq;
  #end: LinkEnd | undefined;
  #endWith: (end: LinkEnd) => void = () => undefined;
  #hasLoggedIn = false;
  #delayMs: number | undefined;
  #taken: TakenLogin | undefined;

  private constructor(socket: WebSocketLike, settings: LinkSettings) {
    this.#socket = socket;
    this.#settings = settings;
    this.ended = new Promise((resolve) => (this.#endWith = resolve));
    socket.binaryType = 'arraybuffer';
    this.#hear('message', ({ data }) => this.#onMessage(data));
    this.#hear('close', ({ code = 1006, reason = '' }) => this.#over({ code, reason }));
  }

  /**
   * Makes a connection. Rejects with 6200, or with 9511 where the gateway refuses this client for good.
   * @param login a login to offer within the handshake (rule CONN-10); `takenUserSig` tells whether it was taken
   */
  static open(
    settings: LinkSettings,
    signal: AbortSignal,
    login?: FieldsOf<'login'>,
  ): Promise<Link> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(unreachable('the try was given up'));
      const frame = login && encoded('login', handshakeSeq, login);
      const socket = connect(settings.WebSocket, settings.url, frame);
      const link = new Link(socket, settings);
      let httpStatus = 0;
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      const fail = (error: GatehouseError): void => {
        settle();
        link.abandon();
        reject(error);
      };
      const giveUp = (): void => fail(unreachable('no connection within the time allowed'));
      const timer = setTimeout(giveUp, settings.connectWithinMs);
      signal.addEventListener('abort', giveUp);
      link.#hear('error', ({ message = '' }) => {
        httpStatus = Number(/server response: (\d{3})/.exec(message)?.[1] ?? 0);
      });
      link.#hear('open', () => {
        settle();
        if (login !== undefined && socket.protocol === tookLogin) link.#expectTaken(login.userSig);
        link.#beginPulse();
        resolve(link);
      });
      // Only the first of several ends counts, so this one does nothing for a link that was up.
      void link.ended.then(() => fail(refusal(httpStatus)));
    });
  }

  /** The ticket of a login that the gateway took from the handshake and that is yet to be asked for. */
  get takenUserSig(): string | undefined {
    return this.#taken?.userSig;
  }

  get isUp(): boolean {
    return this.#end === undefined;
  }

  /**
   * Sends a request and gives its reply, a long one whole. Rejects with the gateway's code when it is refused, with 6201
   * when the link ends before, 6012 when no answer comes, 6017 when it cannot be sent. A login that was taken from the
   * handshake is not sent again.
   * @param answered called with the answer, before anything that came behind it is heard
   */
  ask<N extends ClientFrame['name']>(
    name: N,
    fields: FieldsOf<N>,
    answered: () => void = () => undefined,
  ): Promise<Replies[N]> {
    if (name === 'login' && this.#taken !== undefined) {
      return this.#askTaken(this.#taken, answered) as Promise<Replies[N]>;
    }
    try {
      return this.#send(name, fields, answered);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Looks now whether the link still lives. */
  check(): void {
    this.#pulse?.check();
  }

  /** Says goodbye: the gateway holds no session for it (rule PRESENCE-8). */
  close(): void {
    this.#over({ code: 1000, reason: '' }, 1000);
  }

  /** Leaves a link that is no good; the gateway keeps the session for the one that comes back. */
  abandon(): void {
    this.#over({ code: 1006, reason: 'no sign of life' }, abandoned);
  }

  #hear(
    name: Parameters<WebSocketLike['addEventListener']>[0],
    listener: (event: SocketEvent) => void,
  ): void {
    this.#socket.addEventListener(name, (event) => {
      // What a link that was given up still brings is nobody's.
      if (this.isUp) listener(event);
    });
  }

  #send<N extends ClientFrame['name']>(
    name: N,
    fields: FieldsOf<N>,
    answered: () => void,
  ): Promise<Replies[N]> {
    if (this.#end !== undefined) throw linkLost();
    const seq = ++this.#seq;
    const bytes = encoded(name, seq, fields);
    if (bytes.length > (this.#hasLoggedIn ? frameBytes.later : frameBytes.first)) {
      throw new GatehouseError(6017, { message: `the ${name} request is too long` });
    }
    const reply = this.#expect(name, seq, answered);
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
    return reply;
  }

  #expect<N extends ClientFrame['name']>(
    name: N,
    seq: number,
    answered: () => void,
  ): Promise<Replies[N]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(seq);
        reject(new GatehouseError(6012, { message: `no answer to ${name} in time` }));
      }, this.#settings.answerWithinMs);
      this.#pending.set(seq, {
        resolve: (reply) => resolve(reply as Replies[N]),
        reject,
        answered,
        timer,
        parts: undefined,
      });
    });
  }

  #expectTaken(userSig: string): void {
    const taken = new TakenLogin(userSig);
    taken.expect(this.#expect('login', handshakeSeq, () => taken.answered()));
    this.#taken = taken;
  }

  #askTaken(taken: TakenLogin, answered: () => void) {
    this.#taken = undefined;
    const reply = taken.ask(answered);
    for (const push of this.#unheard.splice(0)) this.onPush(push);
    return reply;
  }

  #beginPulse(): void {
    this.#pulse = new Pulse(
      this.#settings,
      () => {
        // Its answer is heard like anything else; that it may fail is the pulse's own business.
        this.ask('ping', {}).catch(() => undefined);
      },
      () => this.abandon(),
    );
  }

  #onMessage(data: unknown): void {
    let frame: ServerFrame | undefined;
    try {
      frame = decodeAnswer(new Uint8Array(data as ArrayBuffer));
    } catch {
      // Something between has damaged it: what is missing now would never be told.
      return this.abandon();
    }
    this.#pulse?.heard();
    if (frame === undefined) return;
    if (frame.name === 'goingAway') this.#delayMs = frame.reconnectAfterMs;
    else if (frame.seq === 0) this.onPush(frame as Push);
    else this.#onReply(frame);
  }

  #onReply(frame: ServerFrame): void {
    const pending = this.#pending.get(frame.seq);
    if (pending === undefined) return;
    if (frame.name === 'loggedIn') this.#hasLoggedIn = true;
    const whole = joined(pending.parts, frame);
    if ('isLast' in frame && !frame.isLast) {
      pending.parts = whole;
      return;
    }
    clearTimeout(pending.timer);
    this.#pending.delete(frame.seq);
    pending.answered();
    if (frame.name === 'failed') pending.reject(new GatehouseError(frame.code, frame));
    else pending.resolve(whole);
  }

  #over(end: LinkEnd, closeCode?: number): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#pulse?.stop();
    if (closeCode !== undefined) this.#socket.close(closeCode);
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer);
      reject(linkLost());
    }
    this.#pending.clear();
    this.#endWith({ ...end, ...(this.#delayMs !== undefined && { delayMs: this.#delayMs }) });
  }
}

function linkLost(): GatehouseError {
  return new GatehouseError(6201, { message: 'the link was lost before the answer' });
}

/** Throws 6017 where a program without types hands over what no field can hold. */
function encoded<N extends ClientFrame['name']>(name: N, seq: number, fields: FieldsOf<N>) {
  try {
    return encodeRequest(name, seq, fields);
  } catch (cause) {
    throw new GatehouseError(6017, { message: `the ${name} request is malformed`, cause });
  }
}
