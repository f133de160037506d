import type { EventKind } from '../../../protocol/event-kinds.ts';
import type { EventBatch, EventWishes, SessionEvent, StoredEvent } from '../events.ts';
import type { Ending, SessionRecord } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import { retention } from '../retention.ts';
import { keyOf } from './users.ts';

type WithoutVersion<T> = T extends unknown ? Omit<T, 'version' | 'previous'> : never;

/** An event that has no place yet. */
export type NewEvent = WithoutVersion<SessionEvent>;

type OwnFacts<T> = T extends unknown
  ? Omit<T, 'sdkAppId' | 'userId' | 'instanceId' | 'sessionId' | 'platform' | 'nodeId' | 'atMs'>
  : never;

/** What an event tells besides what all tell. */
export type EventDetail = OwnFacts<NewEvent>;

/** What is told of the end of a session. */
export const endingEvents = {
  left: 'logout',
  closed: 'linkClosed',
  expired: 'expired',
  lost: 'linkClosed',
  timedOut: 'timedOut',
} as const satisfies Record<Ending, EventKind>;

/** The events of one app, from the oldest that is kept on; places are numbers from 1. */
interface Log {
  readonly entries: Map<number, StoredEvent>;
  oldest: number;
  next: number;
  cursor: number;
  generation: number;
}

/** The events of the embedded registry: bounded, lost with the process. */
export class MemoryEvents {
  readonly #wishes: EventWishes;
  readonly #logs = new Map<number, Log>();
  /** By user, the version of the last event that is kept. */
  readonly #versions = new Map<string, number>();
  readonly #news: (() => void)[] = [];

  constructor(wishes: EventWishes) {
    this.#wishes = wishes;
  }

  /** The apps that want some. */
  get apps(): readonly number[] {
    return [...this.#wishes.keys()];
  }

  /** Keeps an event if its app wants it. */
  add(told: NewEvent): void {
    if (this.#wishes.get(told.sdkAppId)?.includes(told.kind) !== true) return;
    const log = this.#logOf(told.sdkAppId);
    const previous = this.#versions.get(keyOf(told)) ?? 0;
    const version = Math.max(previous + 1, told.atMs);
    const place = log.next++;
    log.entries.set(place, { place: String(place), event: { ...told, version, previous } });
    this.#versions.set(keyOf(told), version);
    if (log.entries.size > retention.eventsPerPartition) this.#dropOldest(log);
    const [first] = this.#news;
    if (first !== undefined) setImmediate(first);
  }

  /** The same, of a session; `atMs` in Unix ms. */
  tell(
    { sdkAppId, userId }: UserRef,
    record: SessionRecord,
    what: EventDetail,
    atMs: number,
  ): void {
    const { instanceId, sessionId, platform, nodeId } = record;
    this.add({ sdkAppId, userId, instanceId, sessionId, platform, nodeId, atMs, ...what });
  }

  /** The one that came first tells of events; `news` hears of them, outside of the step that adds one. */
  join(news: () => void): void {
    if (!this.#news.includes(news)) this.#news.push(news);
    if (this.tells(news)) setImmediate(news);
  }

  leave(news: () => void): void {
    const at = this.#news.indexOf(news);
    if (at >= 0) this.#news.splice(at, 1);
    const [first] = this.#news;
    if (at === 0 && first !== undefined) setImmediate(first);
  }

  tells(news: () => void): boolean {
    return this.#news[0] === news;
  }

  /** Another reader from now on; gives the number it must show. */
  open(sdkAppId: number): number {
    return ++this.#logOf(sdkAppId).generation;
  }

  isOpen(sdkAppId: number, generation: number): boolean {
    return this.#logOf(sdkAppId).generation === generation;
  }

  moveCursor(sdkAppId: number, place: string): void {
    this.#logOf(sdkAppId).cursor = Number(place);
  }

  /** Events behind a place; '' = the cursor. */
  read(sdkAppId: number, after: string, count: number): EventBatch {
    const log = this.#logOf(sdkAppId);
    const from = after === '' ? log.cursor : Number(after);
    const events: StoredEvent[] = [];
    for (let place = Math.max(from + 1, log.oldest); place < log.next; place += 1) {
      const entry = log.entries.get(place);
      if (entry !== undefined) events.push(entry);
      if (events.length === count) break;
    }
    return { from: String(from), events, hasGap: from + 1 < log.oldest };
  }

  rewind(sdkAppId: number, sinceMs: number): void {
    const log = this.#logOf(sdkAppId);
    this.open(sdkAppId);
    let place = log.oldest;
    while (place < log.next && (log.entries.get(place)?.event?.atMs ?? 0) < sinceMs) place += 1;
    log.cursor = Math.min(log.cursor, place - 1);
  }

  #logOf(sdkAppId: number): Log {
    let log = this.#logs.get(sdkAppId);
    if (log === undefined) {
      log = { entries: new Map(), oldest: 1, next: 1, cursor: 0, generation: 0 };
      this.#logs.set(sdkAppId, log);
    }
    return log;
  }

  #dropOldest(log: Log): void {
    const event = log.entries.get(log.oldest)?.event;
    log.entries.delete(log.oldest++);
    if (event === undefined) return;
    if (this.#versions.get(keyOf(event)) === event.version) this.#versions.delete(keyOf(event));
  }
}
