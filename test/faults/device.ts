import { isFinal } from '../../protocol/codes.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { app } from '../support/deployment.ts';
import { officialTicket } from '../support/official-ticket.ts';
import { RawClient } from '../support/raw-client.ts';
import { Attempt, type AttemptListener, type Door, type Outcome, type Sequel } from './attempt.ts';

/** How a device logs in; in the way of an application, with a ticket for a day, if left out. */
export interface LoginWay {
  readonly automatic?: boolean;
  /** Life of the ticket in seconds. */
  readonly expireS?: number;
  /** When the ticket was issued, in Unix seconds; now if left out. With the same life it is the same ticket. */
  readonly issuedAt?: number;
  /** When the ticket ends, in Unix seconds, instead of its life. */
  readonly ticketEndsAt?: number;
  readonly sequel?: Sequel;
}

/** Who keeps account of devices: numbers for their logins, and a list of what they do. */
export interface DeviceKeeper extends AttemptListener {
  nextLogin(): number;
  began(attempt: Attempt): void;
  /** A number by chance, from 0 up to, not with, 1. */
  chance(): number;
}

/** A connection that takes longer is given up: something on the way swallows it. */
const connectLimitMs = 5000;
/** Of the back-off of an obedient device. */
const backOffMs = { first: 100, most: 3000 } as const;

/** One installed client of a user. Each login is a connection of its own; it may have several at a time. */
export class Device implements AttemptListener {
  readonly userId: string;
  readonly instanceId: string;
  readonly platform: Platform;
  readonly #keeper: DeviceKeeper;
  /** The latest login. */
  attempt: Attempt | undefined;
  /** Waits to come back by itself. */
  isWaiting = false;
  #chooseDoor: (() => Door) | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    keeper: DeviceKeeper,
    who: { readonly userId: string; readonly instanceId: string; readonly platform: Platform },
  ) {
    this.#keeper = keeper;
    this.userId = who.userId;
    this.instanceId = who.instanceId;
    this.platform = who.platform;
  }

  /** Whether its latest login holds. */
  get isIn(): boolean {
    return this.attempt?.isIn === true;
  }

  /** Connects and logs in; resolves when the login is answered, or cannot be any more. Never rejects. */
  async logIn(door: Door, way: LoginWay = {}): Promise<Outcome> {
    const begin = await this.prepare(door, way);
    return begin();
  }

  /** Connects now and gives back what logs in: so that many can be sent in one turn. */
  async prepare(door: Door, way: LoginWay = {}): Promise<() => Promise<Outcome>> {
    const raw = await connect(door.port);
    if (raw === undefined) {
      this.#comeBack();
      return () => Promise.resolve({ kind: 'unreachable' });
    }
    return () => this.#begin(raw, door, way);
  }

  /**
   * From now on it does what the codes say: comes back by itself after a lost connection or a retryable refusal, with
   * the delay it was told or a random one that grows; stays away after a final code.
   */
  obey(chooseDoor: () => Door): this {
    this.#chooseDoor = chooseDoor;
    return this;
  }

  /** Sends a new ticket on the connection of its latest login. */
  renew(expireS: number): void {
    this.attempt?.renew(officialTicket({ ...app, userId: this.userId, expireS }));
  }

  /** Logs out on the connection of its latest login. */
  logOut(): void {
    this.retire();
    this.attempt?.logOut();
  }

  /** Closes its latest connection in the polite way. */
  close(): void {
    this.retire();
    this.attempt?.close();
  }

  /** Ends its latest connection as a crashed host does. */
  cut(): void {
    this.retire();
    this.attempt?.cut();
  }

  /** Does not come back by itself any more. */
  retire(): void {
    this.#chooseDoor = undefined;
    this.isWaiting = false;
    clearTimeout(this.#timer);
  }

  note(event: Parameters<AttemptListener['note']>[0]): void {
    this.#keeper.note(event);
  }

  over(attempt: Attempt): void {
    this.#keeper.over(attempt);
    if (attempt === this.attempt) this.#comeBack();
  }

  #begin(raw: RawClient, door: Door, way: LoginWay): Promise<Outcome> {
    const attempt = new Attempt(raw, this.#keeper.nextLogin(), door.name, this);
    this.attempt = attempt;
    this.#keeper.began(attempt);
    const { userId, instanceId, platform } = this;
    const { automatic = false, sequel, ticketEndsAt } = way;
    const nowS = Math.floor(Date.now() / 1000);
    const expireS = ticketEndsAt === undefined ? (way.expireS ?? 86_400) : ticketEndsAt - nowS;
    const { issuedAt = nowS } = way;
    const userSig = officialTicket({ ...app, userId, expireS, issuedAt });
    const who = { sdkAppId: app.sdkAppId, userId, userSig, instanceId, platform };
    attempt.begin({ ...who, automatic, client: 'gatehouse-faults', afterPush: 0 }, sequel);
    return attempt.answered.then((outcome) => this.#heed(attempt, outcome));
  }

  #heed(attempt: Attempt, outcome: Outcome): Outcome {
    if (outcome.kind === 'in') this.#failures = 0;
    // The refused connection stays and waits for another login; ours begins on a new one.
    const isDone = this.#chooseDoor !== undefined || attempt.isLeaving;
    if (outcome.kind === 'refused' && isDone) attempt.cut();
    return outcome;
  }

  #comeBack(): void {
    if (this.#chooseDoor === undefined || this.isWaiting || mustStayAway(this.attempt)) return;
    const most = Math.min(backOffMs.first * 2 ** this.#failures++, backOffMs.most);
    this.isWaiting = true;
    this.#timer = setTimeout(
      () => void this.#return(),
      toldDelayMs(this.attempt) ?? this.#keeper.chance() * most,
    );
  }

  async #return(): Promise<void> {
    const door = this.#chooseDoor?.();
    if (door === undefined) return;
    const raw = await connect(door.port);
    this.isWaiting = false;
    // It may have been told to stay away while it connected.
    if (this.#chooseDoor === undefined) raw?.destroy();
    else if (raw === undefined) this.#comeBack();
    else await this.#begin(raw, door, { automatic: true });
  }
}

/** Rules CLOSE-1 and CLOSE-3: final closes and refusals without a delay are the application's. */
function mustStayAway(attempt: Attempt | undefined): boolean {
  if (isFinal(attempt?.closeCode ?? 1006)) return true;
  return attempt?.outcome?.kind === 'refused' && attempt.outcome.retryAfterMs === 0;
}

function toldDelayMs(attempt: Attempt | undefined): number | undefined {
  if (attempt?.outcome?.kind === 'refused') return attempt.outcome.retryAfterMs;
  return attempt?.reconnectAfterMs;
}

async function connect(port: number): Promise<RawClient | undefined> {
  const opening = RawClient.open({ port, localAddress: nextAddress() });
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), connectLimitMs);
  });
  const opened = opening.catch(() => undefined);
  const raw = await Promise.race([opened, tooLong]);
  clearTimeout(timer);
  if (raw === undefined) void opened.then((late) => late?.destroy());
  return raw;
}

let addresses = 0;

/** Clients come from many addresses, as in life: there are limits for each. */
function nextAddress(): string {
  addresses = (addresses + 1) % 200;
  return `127.0.1.${addresses + 1}`;
}
