import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FaultEvent, Stamped } from './events.ts';

/** Now, in nanoseconds of the monotonic clock of this process. */
export function nowNs(): number {
  return Math.round(performance.now() * 1e6);
}

/** Everything that clients, nodes and the bench itself did, in the order in which the bench learned of it. Only grows. */
export class EventLog {
  readonly #events: Stamped[] = [];

  append(event: FaultEvent): void {
    this.#events.push({ atNs: nowNs(), ...event });
  }

  get length(): number {
    return this.#events.length;
  }

  /** The events behind the first `start`. */
  from(start: number): readonly Stamped[] {
    return this.#events.slice(start);
  }

  /** When the last event of a kind came, or undefined. */
  lastNs(kind: FaultEvent['kind'], start = 0): number | undefined {
    const at = this.#events.findLastIndex((event) => event.kind === kind);
    return at < start ? undefined : this.#events[at]?.atNs;
  }

  /** Writes it behind what `file` holds, one JSON object a line, each with `label`; gives back the file's path. */
  save(file: string | undefined, label: Readonly<Record<string, unknown>>): string {
    const target =
      file ?? path.join(mkdtempSync(path.join(os.tmpdir(), 'gatehouse-faults-')), 'log.jsonl');
    if (file === undefined) writeFileSync(target, '');
    const lines: string[] = [];
    for (const event of this.#events) lines.push(`${JSON.stringify({ ...label, ...event })}\n`);
    appendFileSync(target, lines.join(''));
    return target;
  }
}
