import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryCounters } from '../counters.ts';
import type { Audit } from './audit.ts';
import type { BreakName } from './breaks.ts';
import type { FaultLog } from './fault-log.ts';
import type { Interest } from './interest.ts';
import { leaseRunOut, type Lease } from './lease.ts';
import type { NodeChannel } from './node-channel.ts';
import { storeFault } from './store-fault.ts';
import { sweepMarginMs, type Sweep } from './sweep.ts';

/** The parts a heartbeat drives. */
export interface HeartbeatParts {
  readonly lease: Lease;
  readonly channel: NodeChannel;
  readonly audit: Audit;
  readonly interest: Interest;
  readonly sweep: Sweep;
  readonly log: FaultLog;
  readonly counters: RegistryCounters;
  /** Checks the deployment record, or writes it again. Rejects when it does not fit. */
  readonly prepare: () => Promise<void>;
  /** Called after each beat that kept the lease. */
  readonly beaten: () => void;
  /** What is broken on purpose, for tests. */
  readonly breaks: ReadonlySet<BreakName>;
}

/** A loop that turns so much too late has stood still. */
const stallMs = 1000;
/** After a stall or a new connection: soon, to see whether all is well again. */
const hurryMs = 50;

/**
 * The beat of a node: four times a lease it prolongs the lease, sends itself a probe and looks for dead nodes, all
 * in one call. It keeps the account of doubts (another server or subscription, a probe not heard, a pause, a refused beat): each
 * calls for a full audit of what was looked at before it. A node whose lease has run out is fenced besides: others may have swept
 * its sessions, so it registers nobody until it has audited.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #leaseMs: number;
  readonly #beatMs: number;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #isBeating = false;
  #isHurried = false;
  #isClosed = false;
  #probe = 0;
  #probeTimer: NodeJS.Timeout | undefined;
  #doubts = 0;
  #clearedDoubts = 0;
  #isClearing = false;
  #isFenced = false;
  /** The doubt that came with the fence: an audit that clears it lifts the fence, whatever was doubted since. */
  #fencedAt = 0;
  /** Since when every beat has come in time and been answered in time; undefined while that is not so. */
  #calmSince: number | undefined;

  constructor(parts: HeartbeatParts, leaseMs: number) {
    this.#parts = parts;
    this.#leaseMs = leaseMs;
    this.#beatMs = leaseMs / 4;
  }

  /** Takes the lease and begins to beat. Rejects with StoreFault. */
  async start(): Promise<void> {
    await this.#parts.lease.beat(true, 0);
    this.#calmSince = performance.now();
    this.#schedule(this.#beatMs);
  }

  /** Why this node registers nobody now; empty when it does. */
  get refusal(): string {
    if (!this.#parts.lease.isHeld) return leaseRunOut;
    return this.#isFenced ? 'this node was cut off and compares its sessions first' : '';
  }

  /** Whether something may have been missed that no audit has made up for yet. */
  get isDoubted(): boolean {
    return this.#doubts !== this.#clearedDoubts;
  }

  /** Something may have been missed: all sessions are to be compared, as soon as Redis answers. */
  doubt(reason: string): void {
    this.#doubts += 1;
    this.#parts.log.warn('this node may have missed something', { reason });
  }

  /** Beats as soon as possible: a connection is back. */
  hurry(): void {
    if (this.#isBeating) this.#isHurried = true;
    else this.#schedule(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#parts.audit.close();
    this.#parts.interest.close();
    this.#parts.sweep.close();
    clearTimeout(this.#timer);
    clearTimeout(this.#probeTimer);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#dueAt = performance.now() + ms;
    this.#timer = setTimeout(() => void this.#turn(), ms);
  }

  async #turn(): Promise<void> {
    const lateMs = performance.now() - this.#dueAt;
    const stoodStill = lateMs > stallMs;
    if (stoodStill) {
      this.#calmSince = undefined;
      this.doubt(`the process stood still for ${Math.round(lateMs)} ms`);
    }
    this.#isBeating = true;
    try {
      const isWell = !stoodStill && this.#parts.channel.isSubscribed;
      await this.#beat(isWell || this.#parts.breaks.has('lease-without-health'));
    } catch (error) {
      this.#calmSince = undefined;
      this.#parts.counters.failedBeats += 1;
      const { isUnanswered, message } = storeFault(error);
      // A Redis that is slow or out of reach has lost nothing. A connection that leads to another one, and a subscription that broke, are
      // doubts of their own, and so is a probe of the next beat that is not heard. Busy nodes that doubted would all audit, and keep it slow.
      if (isUnanswered) this.#parts.log.warn('a beat was not answered', { reason: message });
      else this.doubt(`a beat failed: ${message}`);
    } finally {
      this.#isBeating = false;
    }
    this.#schedule(stoodStill || this.#isHurried ? hurryMs : this.#beatMs);
    this.#isHurried = false;
  }

  async #beat(isWell: boolean): Promise<void> {
    const { lease, channel, sweep } = this.#parts;
    const sentAt = performance.now();
    const { subscription } = channel;
    this.#probe += 1;
    const beat = await lease.beat(isWell, this.#probe);
    if (this.#isClosed) return;
    const tookMs = performance.now() - sentAt;
    const isSame = channel.isSubscribed && channel.subscription === subscription;
    if (isSame && !this.#parts.breaks.has('no-self-probe')) {
      this.#awaitProbe(this.#probe, subscription);
    }
    if (beat.standing !== 'held') this.#fence(beat.standing);
    this.#keepCalm(tookMs < stallMs && beat.standing === 'held');
    if (isWell) this.#parts.beaten();
    if (this.isDoubted) {
      if (isWell) void this.#clearDoubts();
      return;
    }
    // One who was cut off himself cannot tell who is dead: the others may just not be back yet.
    if (beat.dead.length > 0 && this.#isCalm) void sweep.run(beat.dead);
  }

  #keepCalm(isCalm: boolean): void {
    if (!isCalm) this.#calmSince = undefined;
    else this.#calmSince ??= performance.now();
  }

  get #isCalm(): boolean {
    return this.#calmSince !== undefined && performance.now() - this.#calmSince >= this.#leaseMs;
  }

  #fence(standing: 'lapsed' | 'missing'): void {
    if (!this.#isFenced) this.#parts.counters.leaseLapses += 1;
    this.#isFenced = true;
    this.doubt(standing === 'lapsed' ? 'the lease had run out' : 'Redis does not know this node');
    this.#fencedAt = this.#doubts;
    // The next beat takes it anew.
    if (!this.#parts.lease.isHeld) this.#isHurried = true;
  }

  /** Audits and renews its watches until no doubt is younger than that. Never rejects: what fails is tried again with the next beat. */
  async #clearDoubts(): Promise<void> {
    if (this.#isClearing) return;
    this.#isClearing = true;
    const { audit, interest, log, prepare } = this.#parts;
    try {
      while (this.isDoubted && !this.#isClosed) {
        const doubts = this.#doubts;
        await prepare();
        // A sweeper that looked before this node took its lease again may still be at work: it would take away what
        // the audit puts back, and what logs in after it.
        if (this.#isFenced) await delay(sweepMarginMs);
        const isWhole = await audit.full(doubts);
        // Logins need not wait for what is known of others.
        if (audit.clearedDoubts >= this.#fencedAt) this.#isFenced = false;
        if (!isWhole) return;
        if (!(await interest.renewAll())) return;
        this.#clearedDoubts = doubts;
      }
    } catch (error) {
      log.warn('an audit was broken off', { reason: String(error) });
    } finally {
      this.#isClearing = false;
    }
  }

  /** A subscription that is up and hears nothing is the fault nobody else would notice. */
  #awaitProbe(probe: number, subscription: number): void {
    clearTimeout(this.#probeTimer);
    const limitMs = Math.min(1000, this.#beatMs * 0.7);
    // What has arrived while the process stood still is read between a timer and the next setImmediate.
    this.#probeTimer = setTimeout(() => {
      setImmediate(() => this.#checkProbe(probe, subscription));
    }, limitMs).unref();
  }

  #checkProbe(probe: number, subscription: number): void {
    const { channel, counters } = this.#parts;
    if (channel.heardProbe >= probe || channel.subscription !== subscription) return;
    if (this.#isClosed || !channel.isSubscribed) return;
    counters.missedProbes += 1;
    this.doubt('a probe was not heard');
    channel.renew();
  }
}
