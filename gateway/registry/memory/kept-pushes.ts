import type { Push, PushKeeping, PushTarget } from '../pushes.ts';

interface Kept {
  readonly push: Push;
  readonly target: PushTarget;
  readonly bytes: number;
}

/** The pushes that the embedded registry keeps a while, by user. */
export class KeptPushes {
  readonly #keeping: PushKeeping;
  readonly #nowMs: () => number;
  /** Users in the order of their last push: the first ones are the first to be forgotten. */
  readonly #byUser = new Map<string, Kept[]>();

  constructor(keeping: PushKeeping, nowMs: () => number) {
    this.#keeping = keeping;
    this.#nowMs = nowMs;
  }

  /** Users of whom something is kept. */
  get userCount(): number {
    return this.#byUser.size;
  }

  add(user: string, push: Push, target: PushTarget): void {
    const { keepS, count, bytes } = this.#keeping;
    this.#forget();
    if (keepS === 0) return;
    const { sender, topic, body } = push;
    const size = Buffer.byteLength(JSON.stringify([sender, topic, body]));
    const kept = [...(this.#byUser.get(user) ?? []), { push, target, bytes: size }];
    let total = kept.reduce((sum, one) => sum + one.bytes, 0);
    while (kept.length > 1 && (kept.length > count || total > bytes || this.#isOld(kept[0]))) {
      total -= kept.shift()?.bytes ?? 0;
    }
    this.#byUser.delete(user);
    this.#byUser.set(user, kept);
  }

  after(user: string, instanceId: string, number: number): readonly Push[] {
    this.#forget();
    return (this.#byUser.get(user) ?? [])
      .filter(({ target }) => target === 'all' || target.instanceIds.includes(instanceId))
      .map(({ push }) => push)
      .filter((push) => push.number > number);
  }

  #forget(): void {
    for (const [user, kept] of this.#byUser) {
      if (!this.#isOld(kept.at(-1))) return;
      this.#byUser.delete(user);
    }
  }

  #isOld(kept: Kept | undefined): boolean {
    return (
      kept === undefined || kept.push.number <= (this.#nowMs() / 1000 - this.#keeping.keepS) * 1e6
    );
  }
}
