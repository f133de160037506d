import type { DoomedSession, PolicyPreview } from './policy-port.ts';

/** Counts sessions that a policy would end and keeps the first of them: by user and newest first. */
export class FirstDoomed implements PolicyPreview {
  readonly #most: number;
  #kept: readonly DoomedSession[] = [];
  count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get sessions(): readonly DoomedSession[] {
    return this.#kept;
  }

  add(found: readonly DoomedSession[]): void {
    if (found.length === 0) return;
    this.count += found.length;
    this.#kept = [...this.#kept, ...found].sort(inOrder).slice(0, this.#most);
  }
}

function inOrder(a: DoomedSession, b: DoomedSession): number {
  if (a.userId !== b.userId) return a.userId < b.userId ? -1 : 1;
  return b.record.epoch - a.record.epoch;
}
