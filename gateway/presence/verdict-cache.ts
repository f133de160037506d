/** What the app's back end said a short while ago, bounded in number; what was not looked at for longest goes. */
export class VerdictCache {
  readonly #entries = new Map<string, { readonly isVisible: boolean; readonly endsAtMs: number }>();
  readonly #capacity: number;
  readonly #lifeMs: number;

  constructor(capacity: number, lifeMs: number) {
    this.#capacity = capacity;
    this.#lifeMs = lifeMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined when nothing is known, or no longer. `nowMs` is monotonic. */
  get(key: string, nowMs: number): boolean | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.endsAtMs <= nowMs) return undefined;
    this.#entries.set(key, entry);
    return entry.isVisible;
  }

  set(key: string, isVisible: boolean, nowMs: number): void {
    if (this.#lifeMs === 0) return;
    this.#entries.delete(key);
    this.#entries.set(key, { isVisible, endsAtMs: nowMs + this.#lifeMs });
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
