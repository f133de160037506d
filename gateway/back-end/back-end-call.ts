/** How an app's back end is asked. */
export interface BackEndSettings {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly secret: string;
  readonly timeoutMs: number;
  /** Calls at a time; as many as 16 times that wait for one of them to end. */
  readonly concurrency: number;
}

const longestAnswer = 65_536;
const waitingPerCall = 16;

/**
 * Asks the app's back end before something happens: POST with JSON, answered with 200 and JSON. The URL is the operator's,
 * never a client's; redirects are not followed, and time, size and the number of calls are bounded.
 */
export class BackEndCall {
  readonly #settings: BackEndSettings;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(settings: BackEndSettings) {
    this.#settings = settings;
  }

  /** The answer, as JSON has it. Rejects when there is none in time, another status, or too many calls wait already. */
  async ask(question: object): Promise<unknown> {
    await this.#enter();
    try {
      return await this.#post(question);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Waits for a place. */
  async #enter(): Promise<void> {
    const { concurrency } = this.#settings;
    if (this.#running >= concurrency) {
      if (this.#waiting.length >= concurrency * waitingPerCall) {
        throw new Error('too many calls wait already');
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }

  async #post(question: object): Promise<unknown> {
    const { url, secret, timeoutMs } = this.#settings;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify(question),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await textOf(response);
    if (response.status !== 200) throw new Error(`the back end answered ${response.status}`);
    return JSON.parse(text) as unknown;
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
