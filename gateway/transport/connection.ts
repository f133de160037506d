import { closeCodes, isFinal, type CloseCodeName } from '../../protocol/codes.ts';
import { decodeClientFrame, encode, type Encoding } from '../../protocol/codec.ts';
import type { ServerFrame } from '../../protocol/frames.ts';
import { limits } from '../../protocol/limits.ts';
import type { SharedFrame } from '../../protocol/shared-frame.ts';
import type { Inbound, LinkEnd, OpenSession, Outbound, SendOutcome } from '../session/outbound.ts';
import type { TransportCounters } from './counters.ts';
import { overspent, type FrameRate } from './frame-rate.ts';
import type { PendingSockets } from './pending.ts';
import type { TransportLog } from './port.ts';
import type { Links, Roster } from './roster.ts';

/** What all connections of a transport share. */
export interface ConnectionRoom {
  readonly counters: TransportCounters;
  readonly pending: PendingSockets;
  readonly roster: Roster<Connection>;
  readonly openSession: OpenSession;
  readonly log: TransportLog;
  /** Bytes a peer may leave unread before it misses frames. */
  readonly maxBufferedBytes: number;
  readonly frameRate: FrameRate;
}

/** Close codes with which a client leaves on purpose: it said so, or its application closed without a word (1005). */
const goodbyes: readonly number[] = [1000, 1005];

/** From the opening to the login; from there to the end; after it. */
type Phase = 'pending' | 'loggedIn' | 'closed';

/**
 * One socket of either back end, and the port of its session. It stands between two parties that may call back
 * while they are being called: whoever ends it first wins, the session is told once, and nothing a session
 * throws gets past it. One object a connection, few fields: they are multiplied by every idle client.
 */
export abstract class Connection implements Outbound, Links<Connection> {
  readonly remoteAddress: string;
  protected readonly room: ConnectionRoom;
  protected readonly isBinary: boolean;
  #phase: Phase = 'pending';
  #inbound: Inbound | undefined;
  #framesFullAtMs = 0;
  previous: Connection | undefined;
  next: Connection | undefined;

  constructor(room: ConnectionRoom, encoding: Encoding, remoteAddress: string) {
    this.room = room;
    this.isBinary = encoding === 'msgpack';
    this.remoteAddress = remoteAddress;
  }

  /** Hands bytes to the socket. */
  protected abstract write(data: Uint8Array | string): SendOutcome;
  /** Sends `last`, if any, and a close frame; cuts the socket when the peer is too far behind for them. */
  protected abstract finish(
    code: number,
    reason: string,
    last: Uint8Array | string | undefined,
  ): void;

  /** Runs `sends` so that what it sends leaves as one piece where it can. */
  protected abstract batch(sends: () => void): void;
  /** Ends the socket without a close frame. */
  protected abstract cutSocket(): void;

  get encoding(): Encoding {
    return this.isBinary ? 'msgpack' : 'json';
  }

  send(frame: ServerFrame): SendOutcome {
    if (this.#phase === 'closed') return 'dropped';
    try {
      return this.#write(this.#encoded(frame));
    } catch (error) {
      this.#failed(error, 'sending a frame failed');
      return 'failed';
    }
  }

  sendAll(frames: readonly SharedFrame[]): SendOutcome {
    if (this.#phase === 'closed') return 'dropped';
    let outcome: SendOutcome = 'sent';
    const sendEach = (): void => {
      for (const frame of frames) {
        outcome = this.#write(frame.encoded(this.encoding));
        if (outcome === 'dropped') return;
      }
    };
    try {
      if (frames.length === 1) sendEach();
      else this.batch(sendEach);
      return outcome;
    } catch (error) {
      this.#failed(error, 'sending frames failed');
      return 'failed';
    }
  }

  loggedIn(): void {
    if (this.#phase !== 'pending') return;
    this.#phase = 'loggedIn';
    this.room.pending.leave(this.remoteAddress);
  }

  close(name: CloseCodeName, last?: ServerFrame): void {
    if (this.#phase === 'closed') return;
    // Before the socket is touched: it may report its end from within the call.
    this.#leave();
    try {
      this.room.counters.closes[name] += 1;
      const { code, text } = closeCodes[name];
      const data = last && this.#encoded(last);
      if (data !== undefined) this.#countOut(data);
      this.finish(code, text, data);
    } catch (error) {
      this.#failed(error, 'closing a connection failed');
    }
    this.#tellClosed(isFinal(closeCodes[name].code) ? 'closed' : 'lost');
  }

  /** The back end calls it once, when frames can be sent: the session begins. */
  protected begin(): void {
    this.room.counters.opened += 1;
    this.room.pending.enter(this.remoteAddress);
    this.room.roster.add(this);
    try {
      this.#inbound = this.room.openSession(this);
    } catch (error) {
      this.#failed(error, 'opening a session failed');
      this.close('internalError');
    }
    // The session may have closed the connection while it was being made, when it could not be told yet.
    if (this.#hasEnded()) this.#tellClosed('closed');
  }

  /** The back end calls it for each whole message; `bytes` may be reused after it returns. */
  received(bytes: Uint8Array, isBinary: boolean): void {
    if (this.#phase === 'closed') return;
    this.room.counters.framesIn += 1;
    this.room.counters.bytesIn += bytes.length;
    if (this.#phase === 'pending' && bytes.length > limits.frameBytes) return this.#cut();
    // Before the bytes are read: what is too much must cost next to nothing.
    this.#framesFullAtMs = this.room.frameRate.spend(this.#framesFullAtMs, performance.now());
    if (this.#framesFullAtMs === overspent) return this.close('tooManyFrames');
    try {
      if (isBinary === this.isBinary) this.#dispatch(bytes);
      else this.#refuseMessage();
    } catch (error) {
      this.#failed(error, 'a session failed at a frame');
      this.close('internalError');
    }
  }

  /** The back end calls it behind `begin` with a login that came in the handshake (rule CONN-10), in base64url: a message like any other. */
  receivedEarly(login: string): void {
    this.received(Buffer.from(login, 'base64url'), this.isBinary);
  }

  /** The back end calls it when the socket is gone, with the close code and whether its peer had gone silent, maybe more than once. */
  lost(code: number, wasSilent: boolean): void {
    if (this.#phase === 'closed') return;
    this.#leave();
    if (goodbyes.includes(code)) this.#tellClosed('goodbye');
    else this.#tellClosed(wasSilent ? 'timedOut' : 'lost');
  }

  #write(data: Uint8Array | string): SendOutcome {
    const outcome = this.write(data);
    if (outcome === 'dropped') this.room.counters.dropped += 1;
    else this.#countOut(data);
    return outcome;
  }

  /** A stranger's frame is too long for one (rule FRAME-5). */
  #cut(): void {
    this.#leave();
    this.cutSocket();
    this.#tellClosed('lost');
  }

  #dispatch(bytes: Uint8Array): void {
    const decoded = decodeClientFrame(bytes, this.encoding);
    if (decoded.kind === 'frame') this.#inbound?.receive(decoded.frame);
    else if (decoded.kind === 'bad') this.#refuseMessage();
    else this.#inbound?.refuse(decoded.seq, decoded.code, decoded.message);
  }

  #refuseMessage(): void {
    this.room.counters.badFrames += 1;
    this.close('badFrame');
  }

  #encoded(frame: ServerFrame): Uint8Array | string {
    return encode(frame, this.encoding);
  }

  #countOut(data: Uint8Array | string): void {
    this.room.counters.framesOut += 1;
    this.room.counters.bytesOut += typeof data === 'string' ? Buffer.byteLength(data) : data.length;
  }

  #hasEnded(): boolean {
    return this.#phase === 'closed';
  }

  /** Takes the connection out of every count and list of this transport. */
  #leave(): void {
    if (this.#phase === 'pending') this.room.pending.leave(this.remoteAddress);
    this.#phase = 'closed';
    this.room.counters.closed += 1;
    this.room.roster.remove(this);
  }

  #tellClosed(end: LinkEnd): void {
    const inbound = this.#inbound;
    this.#inbound = undefined;
    try {
      inbound?.closed(end);
    } catch (error) {
      this.#failed(error, 'a session failed at its end');
    }
  }

  #failed(err: unknown, message: string): void {
    this.room.log.error({ err, remoteAddress: this.remoteAddress }, message);
  }
}
