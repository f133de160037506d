import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AddressRules } from './address-rules.ts';
import { guardedLookup } from './guarded-lookup.ts';

/** What became of a call: taken, or why not, in words for an operator. */
export type PostOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly reason: string };

/** One call. */
export interface Post {
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const longestAnswer = 65_536;

/** A socket that the other side closed while it was idle: nothing has been said on it. */
const staleCodes: readonly unknown[] = ['ECONNRESET', 'EPIPE'];

/**
 * Calls one endpoint over connections that are kept: POST, at most so long from beginning to end, no redirects, only
 * addresses that may be called, no more of the answer than anybody needs. Any status of 2xx is a yes.
 */
export class Poster {
  readonly #mayCall: boolean;
  readonly #timeoutMs: number;
  readonly #request: typeof httpRequest;
  readonly #agent: HttpAgent;
  readonly #where: RequestOptions;

  /** Of `url` only scheme, host and port count. */
  constructor(url: URL, rules: AddressRules, limits: { timeoutMs: number; concurrency: number }) {
    this.#mayCall = rules.mayCall(url);
    this.#timeoutMs = limits.timeoutMs;
    const options = {
      keepAlive: true,
      maxSockets: limits.concurrency,
      maxFreeSockets: limits.concurrency,
      lookup: guardedLookup(rules),
    };
    const isTls = url.protocol === 'https:';
    this.#request = isTls ? httpsRequest : httpRequest;
    this.#agent = isTls ? new HttpsAgent(options) : new HttpAgent(options);
    const { hostname, port, protocol } = url;
    this.#where = {
      method: 'POST',
      agent: this.#agent,
      protocol,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      ...(port !== '' && { port }),
    };
  }

  /** Never rejects. */
  async post(post: Post): Promise<PostOutcome> {
    if (!this.#mayCall) return failed('its address may not be called');
    const endsAt = performance.now() + this.#timeoutMs;
    try {
      let attempt = await this.#try(post, endsAt);
      if (attempt === 'stale') attempt = await this.#try(post, endsAt);
      return attempt === 'stale' ? failed('the connection was closed') : attempt;
    } catch (error) {
      return failed(String(error));
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #try({ path, headers, body }: Post, endsAt: number): Promise<PostOutcome | 'stale'> {
    const length = Buffer.byteLength(body);
    const options = { ...this.#where, path, headers: { ...headers, 'content-length': length } };
    return new Promise((resolve) => {
      const call = this.#request(options);
      const settle = (outcome: PostOutcome | 'stale'): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      // One clock for all of it: an answer that drips must not outlive it.
      const timer = setTimeout(() => {
        settle(failed(`no answer within ${this.#timeoutMs} ms`));
        call.destroy();
      }, endsAt - performance.now());
      call.on('response', (response) => readAnswer(response, settle));
      call.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = call.reusedSocket && staleCodes.includes(error.code);
        settle(isStale ? 'stale' : failed(error.code ?? error.message));
      });
      call.end(body);
    });
  }
}

function failed(reason: string): PostOutcome {
  return { kind: 'failed', reason };
}

/** The body says nothing that counts, but the connection is only of use again once it was read. */
function readAnswer(response: IncomingMessage, settle: (outcome: PostOutcome) => void): void {
  const status = response.statusCode ?? 0;
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= longestAnswer) return;
    settle(failed('its answer is too long'));
    response.destroy();
  });
  response.on('error', () => settle(failed('its answer broke off')));
  response.on('aborted', () => settle(failed('its answer broke off')));
  response.on('end', () => {
    settle(status >= 200 && status < 300 ? { kind: 'taken' } : failed(`it answered ${status}`));
  });
}
