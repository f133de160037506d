import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryCounters } from '../counters.ts';
import type { RegistryListener } from '../port.ts';
import type { HeldSession, HeldSessions } from '../held-sessions.ts';
import type { Deployment } from './deployment.ts';
import type { FaultLog } from './fault-log.ts';
import { IndexWalk } from './index-walk.ts';
import { memberOf, type Keys } from './keys.ts';
import type { WalkCalls } from './index-walk.ts';
import { storeFault } from './store-fault.ts';
import type { ScriptCalls } from './script-calls.ts';
import type { AuditReply } from './login-replies.ts';
import type { RedisRegistrySettings } from './settings.ts';
import type { TimedCalls } from './timed-calls.ts';

/** Sessions that are compared at once: about a millisecond of this process, so that logins get between. */
const batchSize = 64;
const tickMs = 250;
/** When Redis takes longer for a lot it is behind, and an audit leaves it as much time again for others. */
const slowLotMs = 250;
const longestBreakMs = 2000;

/** What an audit needs of the registry around it. */
export interface AuditCalls extends WalkCalls {
  /** Compares one session. Rejects with StoreFault; the call then happens within the command time-out or never. */
  compare(session: HeldSession): Promise<AuditReply>;
  readonly commandTimeoutMs: number;
  /** For tests: nothing is ever compared; see breaks.ts. */
  readonly isSkipped?: boolean;
}

/**
 * Compares this node's sessions with the registry: those that were kicked or replaced end, those that are missing
 * are registered again, and records of sessions that are not here go. In full after any doubt, and slowly all the time, each partition
 * once a period: many sessions in one call, and those one by one that the call did not find as they should be.
 */
export class Audit {
  readonly #calls: AuditCalls;
  readonly #log: FaultLog;
  readonly #counters: RegistryCounters;
  #listener: RegistryListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isFull = false;
  #isClosed = false;
  /** Comparisons that may still register something. */
  #open = 0;
  #isTicking = false;
  /** Partitions that are due in the slow audit. */
  #credit = 0;
  readonly #walk: IndexWalk;
  /** Up to which doubt each lot of partitions has been compared in full, by its place. */
  readonly #lotDoubts: number[];

  constructor(calls: AuditCalls, log: FaultLog, counters: RegistryCounters) {
    this.#calls = calls;
    this.#log = log;
    this.#counters = counters;
    this.#walk = new IndexWalk(calls, log, counters);
    this.#lotDoubts = Array.from({ length: this.#lots }, () => 0);
  }

  /** Begins the slow audit. */
  start(listener: RegistryListener, periodMs: number): void {
    this.#listener = listener;
    if (this.#calls.isSkipped === true) return;
    this.#timer = setInterval(() => void this.#tick(periodMs), tickMs).unref();
  }

  /** Begins no further comparison, and tells the listener nothing any more. What is on its way is still made good. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#walk.close();
  }

  /** Sessions that there are to compare. */
  get count(): number {
    return this.#listener?.held.count ?? 0;
  }

  /** Whether no comparison is on its way: until then a session may be registered that has ended. */
  get isSettled(): boolean {
    return this.#open === 0;
  }

  /**
   * Compares every session of this node and every record that names it, a lot of partitions at a time: what an earlier audit
   * that was broken off has compared since the doubt with this number is not compared again. False when Redis failed on the way. Never rejects.
   */
  async full(doubt: number): Promise<boolean> {
    const held = this.#listener?.held;
    if (this.#calls.isSkipped === true || held === undefined) {
      this.#lotDoubts.fill(doubt);
      return true;
    }
    const startedAt = performance.now();
    const before = this.#counters.reregistered;
    this.#isFull = true;
    try {
      if (!(await this.#compareEvery(held, doubt))) return false;
    } finally {
      this.#isFull = false;
    }
    this.#counters.audits += 1;
    const reregistered = this.#counters.reregistered - before;
    const ms = Math.round(performance.now() - startedAt);
    if (this.count > 0) this.#log.info({ sessions: this.count, reregistered, ms }, 'audited');
    return true;
  }

  async #tick(periodMs: number): Promise<void> {
    // One that Redis is slow with is not joined by others.
    const held = this.#listener?.held;
    if (this.#isFull || this.#isTicking || held === undefined) return;
    const { partitions } = this.#calls;
    const { lotSize } = this.#walk;
    this.#credit = Math.min(this.#credit + (partitions * tickMs) / periodMs, partitions);
    if (this.#credit < lotSize) return;
    this.#credit -= lotSize;
    this.#isTicking = true;
    try {
      const lot = await this.#walk.next(held);
      const isOver = (): boolean => this.#isFull || this.#isClosed;
      // What was not compared to its end comes again: no full audit need follow.
      if (lot !== undefined && (await this.#compareInBatches(lot, isOver))) this.#walk.advance();
    } finally {
      this.#isTicking = false;
    }
  }

  /** The last doubt after which every session has been compared in full; 0 when there is none. */
  get clearedDoubts(): number {
    return Math.min(...this.#lotDoubts);
  }

  get #lots(): number {
    return Math.ceil(this.#calls.partitions / this.#walk.lotSize);
  }

  async #compareEvery(held: HeldSessions, doubt: number): Promise<boolean> {
    const due = [...this.#lotDoubts.entries()]
      .filter(([, done]) => done < doubt)
      .toSorted(([, a], [, b]) => a - b);
    // What was broken off first: with it the older doubts end, whatever becomes of the newest.
    for (const [i, [place]] of due.entries()) {
      const startedAt = performance.now();
      if (!(await this.#compareLot(held, place))) return false;
      this.#lotDoubts[place] = doubt;
      const tookMs = performance.now() - startedAt;
      const isLast = i === due.length - 1;
      if (tookMs > slowLotMs && !isLast)
        await delay(Math.min(tookMs, longestBreakMs), undefined, { ref: false });
    }
    return !this.#isClosed;
  }

  async #compareLot(held: HeldSessions, place: number): Promise<boolean> {
    const lot = await this.#walk.lot(held, place * this.#walk.lotSize);
    return lot !== undefined && this.#compareInBatches(lot, () => this.#isClosed);
  }

  async #compareInBatches(
    sessions: readonly HeldSession[],
    isOver: () => boolean,
  ): Promise<boolean> {
    for (let first = 0; first < sessions.length; first += batchSize) {
      if (isOver()) return false;
      if (!(await this.#compareAll(sessions.slice(first, first + batchSize)))) return false;
    }
    return !this.#isClosed;
  }

  /** False when the outcome of any is unknown, or must wait for a lease. */
  async #compareAll(sessions: readonly HeldSession[]): Promise<boolean> {
    const unknown: HeldSession[] = [];
    let isDone = true;
    this.#open += sessions.length;
    await Promise.all(
      sessions.map((session) =>
        this.#calls.compare(session).then(
          (reply) => {
            if (reply.kind === 'missing') isDone = false;
            this.#trySettle(session, reply);
          },
          (error: unknown) => {
            // One record that Redis cannot work with must not keep all the others from their audit.
            if (storeFault(error).isOfCall) this.#skip(session, error);
            else unknown.push(session);
          },
        ),
      ),
    );
    this.#open -= sessions.length - unknown.length;
    if (unknown.length === 0) return isDone;
    // Such a call may still write its record, for as long as it may happen at all.
    const patienceMs = this.#calls.commandTimeoutMs + 100;
    setTimeout(() => {
      this.#open -= unknown.length;
      for (const session of unknown) this.#forgetIfGone(session);
    }, patienceMs).unref();
    return false;
  }

  #skip({ sdkAppId, userId, sessionId }: HeldSession, error: unknown): void {
    this.#counters.auditFailures += 1;
    this.#log.error('a session cannot be compared with Redis', {
      sdkAppId,
      userId,
      sessionId,
      reason: String(error),
    });
  }

  /** What ends a session is somebody else's code: a fault in it is that session's alone. */
  #trySettle(session: HeldSession, reply: AuditReply): void {
    try {
      this.#settle(session, reply);
    } catch (error) {
      this.#skip(session, error);
    }
  }

  #settle(session: HeldSession, reply: AuditReply): void {
    this.#counters.auditedSessions += 1;
    switch (reply.kind) {
      case 'held':
      case 'missing':
        return;
      case 'reregistered':
        this.#counters.reregistered += 1;
        return this.#forgetIfGone(session);
      case 'kicked':
        if (this.#isClosed) return;
        this.#counters.auditKicks += 1;
        return this.#listener?.kicked(reply.kick);
      case 'replaced':
        if (this.#isClosed) return;
        this.#counters.auditReplacements += 1;
        return this.#listener?.replaced(session.sessionId);
    }
  }

  #forgetIfGone(session: HeldSession): void {
    if (this.#listener?.held.has(session.sessionId) === false) void this.#calls.remove(session);
  }
}

/** What an audit of this node is made of. */
interface AuditParts extends Pick<
  RedisRegistrySettings,
  'partitions' | 'commandTimeoutMs' | 'breaks'
> {
  readonly timed: TimedCalls;
  readonly calls: ScriptCalls;
  readonly keys: Keys;
  readonly remove: WalkCalls['remove'];
  readonly deployment: Deployment;
}

/** The audit of a node in Redis; refused while the data there is not that of its deployment. */
export function makeAudit(
  { partitions, commandTimeoutMs, breaks, timed, calls, keys, remove, deployment }: AuditParts,
  log: FaultLog,
  counters: RegistryCounters,
): Audit {
  const compare: AuditCalls['compare'] = async (session) => {
    deployment.mustFit();
    return timed.audit(session);
  };
  const walk: AuditCalls['walk'] = async (partition, cursor) => {
    deployment.mustFit();
    return calls.walk(partition, cursor);
  };
  const partitionOf: AuditCalls['partitionOf'] = (user) => keys.partitionOf(memberOf(user));
  const isSkipped = breaks?.has('skip-audit') ?? false;
  const parts = { compare, walk, partitionOf, remove, partitions, commandTimeoutMs, isSkipped };
  return new Audit(parts, log, counters);
}
