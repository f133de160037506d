import type { FindPage, Page } from '../transport/pages.ts';
import { ApiServer } from './api-server.ts';
import { NetworkLinks } from './links.ts';
import { readPageFiles, type PageFile } from './page-files.ts';
import { apiRoutes, type PlayedApp } from './routes.ts';

/** What the playground is made for. */
export interface PlaygroundSettings {
  /** Where the gateway listens; the playground is for loopback addresses only. */
  readonly host: string;
  readonly app: PlayedApp;
  /** The login policy, for people to read. */
  readonly policy: string;
}

/** What the page reads at its start. */
interface PageFacts {
  readonly apiUrl: string;
  readonly sdkAppId: number;
  readonly policy: string;
  readonly makesTickets: boolean;
}

/** Loopback addresses that a Content-Security-Policy can name: it knows no IPv6. */
const playable = /^(127(\.\d{1,3}){3}|localhost)$/;
const factsPath = '/playground.json';

/**
 * The playground of development mode: a page on the gateway's public port, and beside it, on a free port of the same
 * loopback address, what the page needs of a server: tickets of the sample app and a network that can fail.
 */
export class Playground {
  readonly #settings: PlaygroundSettings;
  readonly #files: ReadonlyMap<string, PageFile>;
  readonly #hostNames: readonly string[];
  #running:
    | { readonly port: number; readonly api: ApiServer; readonly links: NetworkLinks }
    | undefined;

  private constructor(settings: PlaygroundSettings, files: ReadonlyMap<string, PageFile>) {
    this.#settings = settings;
    this.#files = files;
    this.#hostNames = [...new Set([settings.host, '127.0.0.1', 'localhost'])];
  }

  /** Reads the page's files; gives a reason for people where there can be no page. */
  static load(settings: PlaygroundSettings): Playground | string {
    if (!playable.test(settings.host)) return `none on ${settings.host}: it is for 127.0.0.1 only`;
    const files = readPageFiles();
    return files === undefined ? 'none: it was not built' : new Playground(settings, files);
  }

  /** Serves the page of a gateway that listens on this port from now on. Rejects when no port is free. */
  async start(port: number): Promise<void> {
    const { host, app } = this.#settings;
    const links = new NetworkLinks({ host, port });
    const api = await ApiServer.start({
      host,
      hostNames: this.#hostNames,
      origins: this.#hostNames.map((name) => `http://${name}:${port}`),
      routes: apiRoutes(app, links),
    });
    this.#running = { port, api, links };
  }

  /** Answers the page's requests on the public port; nothing before `start`. */
  readonly findPage: FindPage = (path, host) => {
    const running = this.#running;
    if (running === undefined) return undefined;
    const hostName = this.#hostNames.find((name) => host === `${name}:${running.port}`);
    if (hostName === undefined) return undefined;
    const apiUrl = `http://${hostName}:${running.api.port}`;
    const headers = securityHeaders([apiUrl, `ws://${hostName}:*`]);
    if (path === factsPath) return page(headers, factsFile(this.#facts(apiUrl)));
    const file = this.#files.get(path);
    return file === undefined ? undefined : page(headers, file);
  };

  async close(): Promise<void> {
    this.#running?.links.close();
    await this.#running?.api.close();
  }

  #facts(apiUrl: string): PageFacts {
    const { app, policy } = this.#settings;
    return { apiUrl, sdkAppId: app.sdkAppId, policy, makesTickets: app.secret !== undefined };
  }
}

function factsFile(facts: PageFacts): PageFile {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(facts)) };
}

function page(headers: Page['headers'], { contentType, body }: PageFile): Page {
  return { headers: [['Content-Type', contentType], ...headers], body };
}

/** Nothing but the page's own files runs or is shown, and it talks to nobody but its own gateway. */
function securityHeaders(peers: readonly string[]): Page['headers'] {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${peers.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return [
    ['Content-Security-Policy', policy.join('; ')],
    ['X-Content-Type-Options', 'nosniff'],
    ['Cache-Control', 'no-store'],
    ['Referrer-Policy', 'no-referrer'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
  ];
}
