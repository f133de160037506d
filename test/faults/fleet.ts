import { answerCodes } from '../../protocol/codes.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { Attempt, Door, Outcome } from './attempt.ts';
import { Device, type DeviceKeeper, type LoginWay } from './device.ts';
import type { EventLog } from './event-log.ts';
import type { FaultEvent } from './events.ts';
import type { Random } from './random.ts';

/** Who a device is; an ios device with an instanceId of its own if left out. */
export interface DeviceKind {
  readonly instanceId?: string;
  readonly platform?: Platform;
}

/** Logins under way at a time. */
const lanes = 32;

/** All clients of a bench: some thousand in one process. What they see goes into the log. */
export class Fleet implements DeviceKeeper {
  readonly #log: EventLog;
  readonly #random: Random;
  readonly #tries: number;
  readonly #devices = new Set<Device>();
  /** Logins whose connections may still do something. */
  readonly #attempts = new Set<Attempt>();
  /** When sessions that are over ended. */
  readonly #endedNs = new Map<string, number>();
  #logins = 0;
  #named = 0;

  /** `tries` = how often a device logs in that is refused although no harm is being done: the machine was too slow. */
  constructor(log: EventLog, random: Random, tries: number) {
    this.#log = log;
    this.#random = random;
    this.#tries = tries;
  }

  device(userId: string, kind: DeviceKind = {}): Device {
    const { instanceId = `instance-${++this.#named}`, platform = 'ios' } = kind;
    const device = new Device(this, { userId, instanceId, platform });
    this.#devices.add(device);
    return device;
  }

  /** One device for each of so many users, called `<prefix>-0` and so on. */
  devices(prefix: string, count: number, kind: DeviceKind = {}): Device[] {
    return Array.from({ length: count }, (_, n) => this.device(`${prefix}-${n}`, kind));
  }

  /**
   * Logs all in, some at a time, so that the proxies in this process are not kept waiting by their own clients. The
   * outcomes come in the order of the devices.
   */
  async logInAll(devices: readonly Device[], door: Door, way: LoginWay = {}): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const queue = devices.entries();
    const lane = async (): Promise<void> => {
      for (const [n, device] of queue) outcomes[n] = await this.#logIn(device, door, way);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return outcomes;
  }

  async #logIn(device: Device, door: Door, way: LoginWay): Promise<Outcome> {
    let outcome = await device.logIn(door, way);
    for (let tried = 1; tried < this.#tries && this.#isTooSlow(outcome); tried += 1) {
      device.attempt?.cut();
      outcome = await device.logIn(door, way);
    }
    return outcome;
  }

  #isTooSlow(outcome: Outcome): boolean {
    if (outcome.kind !== 'refused' || outcome.code !== answerCodes.registryUnavailable.code) {
      return false;
    }
    return (this.#log.lastNs('fault') ?? 0) <= (this.#log.lastNs('healed') ?? 0);
  }

  /** The sessions that live, as their clients believe. */
  get open(): ReadonlySet<string> {
    const open = new Set<string>();
    for (const attempt of this.#attempts) if (attempt.isIn) open.add(attempt.sessionId);
    return open;
  }

  /** Whether any client waits for an answer, or to come back. */
  get isPending(): boolean {
    for (const device of this.#devices) if (device.isWaiting) return true;
    for (const attempt of this.#attempts) if (attempt.isPending) return true;
    return false;
  }

  /** When a session was over for its client, in the time of the log; undefined while it lives or is unknown. */
  endedNs(sessionId: string): number | undefined {
    return this.#endedNs.get(sessionId);
  }

  /** All leave: some politely, some as crashed hosts. */
  dismiss(): void {
    for (const device of this.#devices) device.retire();
    this.#devices.clear();
    for (const attempt of this.#attempts) {
      if (this.#random.chance(0.5)) attempt.close();
      else attempt.cut();
    }
  }

  nextLogin(): number {
    return ++this.#logins;
  }

  began(attempt: Attempt): void {
    this.#attempts.add(attempt);
  }

  note(event: FaultEvent): void {
    this.#log.append(event);
  }

  over(attempt: Attempt): void {
    if (attempt.endedNs !== undefined) this.#endedNs.set(attempt.sessionId, attempt.endedNs);
    if (attempt.closeCode !== undefined) this.#attempts.delete(attempt);
  }

  chance(): number {
    return this.#random.next();
  }
}
