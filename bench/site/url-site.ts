import type { BenchApp } from '../generator/frames.ts';
import type { Target } from '../generator/login-socket.ts';
import type { AdminAccess, Site } from './site.ts';

/** What is wrong with an address or an app, for the user. */
export class SiteError extends Error {}

/** What is said of targets that run already. */
export interface UrlOrder {
  readonly url: readonly string[];
  readonly app?: string;
  /** Where pushes go; with the key of GATEHOUSE_ADMIN_KEY. */
  readonly adminUrl?: readonly string[];
}

/** Targets that run already. Throws SiteError when one cannot be one. */
export function urlSite({ url, app, adminUrl }: UrlOrder, key: string | undefined): Site {
  return {
    app: readApp(app),
    targets: url.map(readTarget),
    admin: adminUrl === undefined ? undefined : readAdmin(adminUrl, key),
    nodes: [],
    redis: undefined,
    stop: async () => undefined,
  };
}

function readTarget(text: string): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'ws:' || url.pathname !== '/')
    throw new SiteError(
      `--url ${text}: give it like ws://127.0.0.1:8080. The bench speaks no TLS and knows no path: aim it at a gateway, not at what stands before it.`,
    );
  // Sources are addresses of IPv4.
  const host = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname;
  return { host, port: url.port === '' ? 80 : Number(url.port) };
}

function readAdmin(urls: readonly string[], key: string | undefined): AdminAccess {
  const isHttp = (text: string): boolean =>
    URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  const wrong = urls.find((text) => !isHttp(text));
  if (wrong !== undefined)
    throw new SiteError(`--admin-url ${wrong}: give it like http://127.0.0.1:7601`);
  if (key === undefined || key === '')
    throw new SiteError('--admin-url needs an admin key in GATEHOUSE_ADMIN_KEY');
  return { urls, key };
}

function readApp(text: string | undefined): BenchApp {
  const match = /^(\d+):(\S+)$/.exec(text ?? '');
  if (match === null)
    throw new SiteError(
      '--url needs --app <SDKAppID>:<SECRET>, because the bench makes the tickets itself',
    );
  return { sdkAppId: Number(match[1]), secret: match[2] ?? '' };
}
