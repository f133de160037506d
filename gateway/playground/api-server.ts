import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failed, type ApiAnswer, type ApiRoute } from './routes.ts';

/** Where the API listens and for whom. */
export interface ApiSettings {
  /** A loopback address. */
  readonly host: string;
  /** Host names under which it may be asked, without a port. */
  readonly hostNames: readonly string[];
  /** Origins of the page; a request of any other, or without one, is refused. */
  readonly origins: readonly string[];
  readonly routes: ReadonlyMap<string, ApiRoute>;
}

const bounds = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
} as const;
const mostConnections = 64;
const bodyBytes = 2048;

/** What the page asks of the server in development mode: JSON over POST, for the page alone. */
export class ApiServer {
  readonly #server: Server;
  readonly #settings: ApiSettings;

  private constructor(settings: ApiSettings) {
    this.#settings = settings;
    this.#server = createServer(bounds, (request, response) => void this.#serve(request, response));
    this.#server.maxConnections = mostConnections;
  }

  /** Listens on a free port. Rejects when there is none. */
  static async start(settings: ApiSettings): Promise<ApiServer> {
    const api = new ApiServer(settings);
    await once(api.#server.listen(0, settings.host), 'listening');
    return api;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = request.headers.origin ?? '';
    const isPage = this.#settings.origins.includes(origin);
    const answer = await this.#answer(request, isPage).catch(() =>
      failed(500, 'the gateway failed at this request'),
    );
    response.writeHead(answer.status, {
      ...(isPage && { 'access-control-allow-origin': origin, vary: 'origin' }),
      ...(answer.status === 204 && preflight),
      ...(answer.status === 405 && { allow: 'POST, OPTIONS' }),
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Requests are rare, and what was not read of a body must not be taken for the next one.
      connection: 'close',
    });
    response.end(answer.status === 204 ? undefined : JSON.stringify(answer.body));
  }

  async #answer(request: IncomingMessage, isPage: boolean): Promise<ApiAnswer> {
    // The name in Host is what the browser believes to talk to: another one was made to lead here (DNS rebinding).
    if (!this.#isOwnHost(request.headers.host ?? '')) return failed(421, 'no such host here');
    if (!isPage) return failed(403, 'only the playground of this gateway may ask');
    const route = this.#settings.routes.get(request.url ?? '');
    if (route === undefined) return failed(404, 'no such path');
    if (request.method === 'OPTIONS') return { status: 204, body: {} };
    if (request.method !== 'POST') return failed(405, 'everything here is a POST');
    if (request.headers['content-type'] !== 'application/json') {
      return failed(415, 'the body must be application/json');
    }
    const text = await readBody(request);
    if (text === undefined) return failed(413, `the body may have ${bodyBytes} bytes`);
    const body = parse(text);
    return body === undefined ? failed(400, 'the body is no JSON') : route(body);
  }

  #isOwnHost(host: string): boolean {
    return this.#settings.hostNames.some((name) => host === `${name}:${this.port}`);
  }
}

const preflight = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '600',
};

/** The body as text; `undefined` when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
