import { decodeServerFrame, encode } from '../../protocol/codec.ts';
import { answerCodes } from '../../protocol/codes.ts';
import type { Frame } from '../../protocol/frames.ts';
import { loginMessage, maskedMessage, type LoginWords } from '../generator/frames.ts';
import { connectBare, hasBareLinks } from '../generator/bare-link.ts';
import { dialogues } from '../generator/dialogue.ts';
import { connectTo } from '../generator/link.ts';
import { LoginSocket, type LoginListener } from '../generator/login-socket.ts';
import type { Target } from '../generator/target.ts';
import { monotonicMs } from './clock.ts';
import type { Deliveries } from './deliveries.ts';
import type { Notes } from './notes.ts';
import type { PhaseOrder } from './plan.ts';
import { readPushBody } from './push-body.ts';

/** What the members of a generator share. */
export interface Ground {
  readonly notes: Notes;
  readonly deliveries: Deliveries;
  /** When the fault happened that `back` and `told` are reckoned from. */
  originMs: number;
  /** The users that members of the running phase watch. */
  watched: readonly string[];
  /** A login that belongs to the running phase has ended. */
  finish(member: Member): void;
}

type State = 'out' | 'logsIn' | 'in' | 'leaves' | 'away' | 'over';

/** What a gateway says whose Redis does not answer in time. */
const refusedForNow = `code ${answerCodes.registryUnavailable.code}`;
const logoutSeq = 2;
const watchSeq = 3;
/** Waits of a client whose return failed grow up to this. */
const longestWaitMs = 5000;
const logoutMessage = maskedMessage(
  2,
  encode({ name: 'logout', seq: logoutSeq }, 'msgpack') as Uint8Array,
);

/** One client: a device of a user that logs in, stays or leaves, is told things, and may come back. */
export class Member implements LoginListener {
  state: State = 'out';
  socket: LoginSocket | undefined;
  /** When a newer login of the user was accepted, and when this session was told; 0: not yet. */
  overtakenAtMs = 0;
  toldAtMs = 0;
  readonly #words: LoginWords;
  /** Made beforehand; undefined where memory is dear. */
  readonly #message: Buffer | undefined;
  readonly #ground: Ground;
  #phase: PhaseOrder | undefined;
  #source: string | undefined;
  #place = 0;
  #dueMs = 0;
  #tries = 0;
  #isTold = false;
  #victim: Member | undefined;
  /** Users of an answer to a watch that is not whole yet. */
  #refused: string[] | undefined;
  /** Numbers of the pushes that have come. */
  #heard: Set<number> | undefined;

  constructor(words: LoginWords, ground: Ground, isLean = false) {
    this.#words = words;
    this.#message = isLean ? undefined : loginMessage(words.app, words.userId, words);
    this.#ground = ground;
  }

  /** Logs in, as its phase wants; a login counts from `dueMs` of `monotonicMs` on. */
  logIn(phase: PhaseOrder, place: number, dueMs: number, source: string | undefined): void {
    this.#phase = phase;
    this.#place = place;
    this.#dueMs = dueMs;
    this.#source = source;
    this.tryIn();
  }

  tryIn(): void {
    const { app, userId } = this.#words;
    this.#open(this.#message ?? loginMessage(app, userId, this.#words));
  }

  /** Whose session this login ends. */
  set victim(victim: Member | undefined) {
    this.#victim = victim;
  }

  /** Ends the connection without a word. */
  drop(): void {
    if (this.state === 'in' || this.state === 'leaves') this.#ground.notes.online -= 1;
    this.state = 'over';
    this.socket?.cut();
  }

  loggedIn(socket: LoginSocket): void {
    const { notes, originMs } = this.#ground;
    const nowMs = monotonicMs();
    const isBack = this.state === 'away';
    this.state = 'in';
    notes.online += 1;
    if (isBack) {
      notes.timed('back', originMs, nowMs);
      return;
    }
    if (this.#phase?.isTimed === true) {
      notes.timed('login', this.#dueMs, nowMs);
      notes.timed('answer', nowMs - (socket.loggedInAt - socket.sentAt), nowMs);
    }
    this.#victim?.overtaken(nowMs);
    this.#ground.deliveries.changed(this.userId, 'online', nowMs);
    if (typeof this.#phase?.watched === 'string') return this.watch(this.#ground.watched);
    const stayMs = this.#phase?.stayMs ?? null;
    if (stayMs !== null) setTimeout(leave, stayMs, this);
    this.#ground.finish(this);
  }

  failed(_: LoginSocket, why: string): void {
    if (this.state === 'away') {
      this.#tries += 1;
      this.#comeBackAfter(Math.random() * Math.min(longestWaitMs, 500 * 2 ** this.#tries));
      return;
    }
    if (why === refusedForNow && this.#tries < (this.#phase?.retries ?? 0)) {
      this.#tries += 1;
      this.#ground.notes.closed(why);
      setTimeout(tryAgain, Math.random() * Math.min(longestWaitMs, 1000 * 2 ** this.#tries), this);
      return;
    }
    this.state = 'over';
    this.#ground.notes.failed(why);
    this.#ground.finish(this);
  }

  lost(_: LoginSocket, why: string): void {
    const { notes } = this.#ground;
    if (this.state === 'in' || this.state === 'leaves') notes.online -= 1;
    if (this.state === 'leaves') notes.failed(`lost: ${why}`);
    if (this.state === 'leaves' || this.toldAtMs > 0) {
      this.state = 'over';
      return;
    }
    if (this.#phase?.comeBackWithinMs === null || this.#phase === undefined) {
      this.state = 'over';
      notes.failed(`lost: ${why}`);
      return;
    }
    notes.closed(this.#isTold ? `told, ${why}` : why);
    if (this.state === 'away') return;
    this.state = 'away';
    this.#comeBackAfter(Math.random() * this.#phase.comeBackWithinMs);
  }

  received(_: LoginSocket, payload: Buffer): void {
    const decoded = decodeServerFrame(payload, 'msgpack');
    if (decoded.kind !== 'frame') return;
    const { frame } = decoded;
    if (frame.name === 'push') this.#pushed(frame.body);
    else if (frame.name === 'kicked') this.#kicked();
    else if (frame.name === 'ticketExpired') this.#expired();
    else if (frame.name === 'goingAway') this.#goesAway(frame.reconnectAfterMs);
    else if (frame.name === 'loggedOut') this.#loggedOut();
    else if (frame.name === 'watching') this.#watching(frame);
    else if (frame.name === 'statusChanged') this.#told(frame.statuses);
  }

  get userId(): string {
    return this.#words.userId;
  }

  /** The newer login of the user was accepted. */
  overtaken(atMs: number): void {
    this.overtakenAtMs = atMs;
    this.#noteKick();
  }

  /** Says goodbye. */
  leave(): void {
    if (this.state !== 'in') return;
    this.state = 'leaves';
    this.#dueMs = monotonicMs();
    this.socket?.write(logoutMessage);
  }

  #open(message: Buffer): void {
    const targets = this.#phase?.targets ?? [];
    const shift = (this.#phase?.shift ?? 0) + (this.state === 'away' ? this.#tries : 0);
    const target = targets[(this.#place + shift) % targets.length] as Target;
    if (this.state !== 'away') this.state = 'logsIn';
    const connect = this.#message === undefined && hasBareLinks ? connectBare : connectTo;
    this.socket = new LoginSocket(message, this, dialogues.gatehouse, connect);
    this.socket.open(target, this.#source);
  }

  /** Its login has ended when it watches them. */
  watch(userIds: readonly string[]): void {
    const frame = encode({ name: 'watch', seq: watchSeq, userIds, sdkAppId: 0 }, 'msgpack');
    this.socket?.write(maskedMessage(2, frame as Uint8Array));
  }

  #watching({ refused, retryAfterMs, isLast }: Frame<'watching'>): void {
    const again = [...(this.#refused ?? []), ...refused.map(([userId]) => userId)];
    this.#refused = isLast ? undefined : again;
    if (!isLast) return;
    if (again.length > 0 && retryAfterMs > 0 && this.#tries < (this.#phase?.retries ?? 0)) {
      this.#tries += 1;
      this.#ground.notes.closed('watch refused');
      setTimeout(watchAgain, retryAfterMs, this, again);
      return;
    }
    if (again.length > 0) this.#ground.notes.failed('watch refused');
    this.#ground.finish(this);
  }

  #told(statuses: Frame<'statusChanged'>['statuses']): void {
    const nowMs = monotonicMs();
    for (const [userId, state] of statuses) this.#ground.deliveries.told(userId, state, nowMs);
  }

  #kicked(): void {
    this.toldAtMs = monotonicMs();
    this.#noteKick();
  }

  #noteKick(): void {
    if (this.toldAtMs === 0 || this.overtakenAtMs === 0) return;
    this.#ground.notes.timed('kick', this.overtakenAtMs, this.toldAtMs);
  }

  #pushed(body: string): void {
    const mark = readPushBody(body);
    if (mark === undefined) return;
    this.#heard ??= new Set();
    if (this.#heard.has(mark.number)) this.#ground.notes.doubled += 1;
    else this.#ground.notes.timed('push', mark.dueMs);
    this.#heard.add(mark.number);
  }

  #expired(): void {
    this.toldAtMs = monotonicMs();
    const lateMs = Date.now() - this.#words.ticketEndsAt * 1000;
    if (lateMs < 0) this.#ground.notes.failed('expired too early');
    else this.#ground.notes.timed('expiry', this.toldAtMs - lateMs, this.toldAtMs);
  }

  #goesAway(reconnectAfterMs: number): void {
    this.#isTold = true;
    this.#ground.notes.timed('told', this.#ground.originMs);
    if (this.state === 'in') this.#ground.notes.online -= 1;
    this.state = 'away';
    this.#comeBackAfter(reconnectAfterMs);
  }

  #loggedOut(): void {
    if (this.state !== 'leaves') return;
    this.#ground.notes.online -= 1;
    this.#ground.notes.timed('logout', this.#dueMs);
    this.#ground.deliveries.changed(this.userId, 'offline', monotonicMs());
    this.state = 'over';
    this.socket?.cut();
  }

  #comeBackAfter(waitMs: number): void {
    setTimeout(comeBack, waitMs, this);
  }

  /** To the next target: the present one may be gone. */
  comeBack(): void {
    if (this.state !== 'away') return;
    this.socket?.cut();
    this.#tries += 1;
    this.#open(
      loginMessage(this.#words.app, this.#words.userId, { ...this.#words, automatic: true }),
    );
  }
}

function leave(member: Member): void {
  member.leave();
}

function comeBack(member: Member): void {
  member.comeBack();
}

function tryAgain(member: Member): void {
  member.tryIn();
}

function watchAgain(member: Member, userIds: readonly string[]): void {
  member.watch(userIds);
}
