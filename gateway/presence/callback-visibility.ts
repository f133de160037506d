import { BackEndCall, type BackEndSettings } from '../back-end/back-end-call.ts';
import type { PresenceCounters } from './counters.ts';
import { VerdictCache } from './verdict-cache.ts';
import type { Asked, Verdict, Visibility } from './visibility.ts';

/** How the app's back end is asked, and for how long it is believed. */
export interface CallbackSettings extends BackEndSettings {
  /** How long an answer holds; 0: each question is asked. */
  readonly cacheMs: number;
  readonly cacheEntries: number;
}

/**
 * Asks the app's back end: POST `{asker: {sdkAppId, userId}, sdkAppId, userIds}`, answered with 200 and
 * `{visible: [userId, ...]}`. Whoever is not in the list is hidden; no usable answer in time means unknown.
 */
export class CallbackVisibility implements Visibility {
  readonly isOff = false;
  readonly #call: BackEndCall;
  readonly #counters: PresenceCounters;
  readonly #failed: (error: unknown) => void;
  readonly #cache: VerdictCache;

  /** `failed` hears of each call without a usable answer. */
  constructor(
    settings: CallbackSettings,
    counters: PresenceCounters,
    failed: (error: unknown) => void,
  ) {
    this.#call = new BackEndCall(settings);
    this.#counters = counters;
    this.#failed = failed;
    this.#cache = new VerdictCache(settings.cacheEntries, settings.cacheMs);
  }

  async decide(asked: Asked): Promise<readonly Verdict[]> {
    const nowMs = performance.now();
    const known = asked.userIds.map((userId) => this.#cache.get(keyOf(asked, userId), nowMs));
    const open = asked.userIds.filter((_, i) => known[i] === undefined);
    if (open.length === 0) return known.map((isVisible) => verdictOf(isVisible));
    const visible = await this.#ask({ ...asked, userIds: open });
    return asked.userIds.map((userId, i) => verdictOf(known[i] ?? visible?.has(userId)));
  }

  /** The visible ones; undefined when the back end gave no usable answer. */
  async #ask(asked: Asked): Promise<ReadonlySet<string> | undefined> {
    this.#counters.callbacks += 1;
    const { asker, sdkAppId, userIds } = asked;
    const { userId } = asker;
    try {
      const question = { asker: { sdkAppId: asker.sdkAppId, userId }, sdkAppId, userIds };
      const visible = new Set(visibleOf(await this.#call.ask(question)));
      const nowMs = performance.now();
      for (const one of userIds) this.#cache.set(keyOf(asked, one), visible.has(one), nowMs);
      return visible;
    } catch (error) {
      this.#counters.callbackFailures += 1;
      this.#failed(error);
      return undefined;
    }
  }
}

function visibleOf(answer: unknown): readonly string[] {
  const visible =
    typeof answer === 'object' && answer !== null && 'visible' in answer ? answer.visible : null;
  if (!Array.isArray(visible) || !visible.every((userId) => typeof userId === 'string')) {
    throw new Error('the back end answered without a list "visible"');
  }
  return visible;
}

function verdictOf(isVisible: boolean | undefined): Verdict {
  if (isVisible === undefined) return 'unknown';
  return isVisible ? 'visible' : 'hidden';
}

function keyOf({ asker, sdkAppId }: Asked, userId: string): string {
  return `${asker.sdkAppId} ${asker.userId} ${sdkAppId} ${userId}`;
}
