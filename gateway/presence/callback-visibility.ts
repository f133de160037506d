import type { PresenceCounters } from './counters.ts';
import { VerdictCache } from './verdict-cache.ts';
import type { Asked, Verdict, Visibility } from './visibility.ts';

/** How the app's back end is asked. */
export interface CallbackSettings {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly secret: string;
  readonly timeoutMs: number;
  /** How long an answer holds; 0: each question is asked. */
  readonly cacheMs: number;
  readonly cacheEntries: number;
  /** Calls at a time; as many as 16 times that wait for one of them to end. */
  readonly concurrency: number;
}

const longestAnswer = 65_536;
const waitingPerCall = 16;

/**
 * Asks the app's back end: POST `{asker: {sdkAppId, userId}, sdkAppId, userIds}`, answered with 200 and
 * `{visible: [userId, ...]}`. Whoever is not in the list is hidden; no usable answer in time means unknown.
 */
export class CallbackVisibility implements Visibility {
  readonly isOff = false;
  readonly #settings: CallbackSettings;
  readonly #counters: PresenceCounters;
  readonly #failed: (error: unknown) => void;
  readonly #cache: VerdictCache;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `failed` hears of each call without a usable answer. */
  constructor(
    settings: CallbackSettings,
    counters: PresenceCounters,
    failed: (error: unknown) => void,
  ) {
    this.#settings = settings;
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
    if (!(await this.#enter())) return this.#fail(new Error('too many calls wait already'));
    try {
      const visible = await this.#post(asked);
      const nowMs = performance.now();
      for (const userId of asked.userIds) {
        this.#cache.set(keyOf(asked, userId), visible.has(userId), nowMs);
      }
      return visible;
    } catch (error) {
      return this.#fail(error);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  #fail(error: unknown): undefined {
    this.#counters.callbackFailures += 1;
    this.#failed(error);
  }

  /** Waits for a place; false when too many wait already. */
  async #enter(): Promise<boolean> {
    const { concurrency } = this.#settings;
    if (this.#running >= concurrency) {
      if (this.#waiting.length >= concurrency * waitingPerCall) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
    return true;
  }

  async #post({ asker, sdkAppId, userIds }: Asked): Promise<ReadonlySet<string>> {
    const { url, secret, timeoutMs } = this.#settings;
    const { userId } = asker;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({ asker: { sdkAppId: asker.sdkAppId, userId }, sdkAppId, userIds }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await textOf(response);
    if (response.status !== 200) throw new Error(`the back end answered ${response.status}`);
    return new Set(visibleOf(text));
  }
}

/** An answer that does not end is no answer. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > longestAnswer) throw new Error('the back end answered at too great a length');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function visibleOf(text: string): readonly string[] {
  const answer: unknown = JSON.parse(text);
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
