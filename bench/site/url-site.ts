import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { BenchApp } from '../generator/frames.ts';
import type { Target, TlsWish } from '../generator/target.ts';
import type { AdminAccess, Site } from './site.ts';

/** What is wrong with an address, a file or an app, for the user. */
export class SiteError extends Error {}

/** What is said of targets that run already. */
export interface UrlOrder {
  readonly url: readonly string[];
  readonly app?: string;
  /** Where pushes go; with the key of GATEHOUSE_ADMIN_KEY. */
  readonly adminUrl?: readonly string[];
  /** A file of certificates (PEM) that are trusted, instead of Node's own list. */
  readonly ca?: string;
  /** Whether any certificate is good. */
  readonly insecure?: boolean;
}

/** Targets that run already. Throws SiteError when one cannot be one. */
export function urlSite(order: UrlOrder, key: string | undefined): Site {
  const { url, app, adminUrl, ca, insecure = false } = order;
  const tls = { ca: ca === undefined ? undefined : readCa(ca), isChecked: !insecure };
  return {
    app: readApp(app),
    targets: url.map((text) => readTarget(text, tls)),
    admin: adminUrl === undefined ? undefined : { ...readAdmin(adminUrl, key), tls },
    nodes: [],
    redis: undefined,
    stop: async () => undefined,
  };
}

const defaultPorts = { 'ws:': 80, 'wss:': 443 } as const;

function readTarget(text: string, tls: Omit<TlsWish, 'serverName'>): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol;
  if (url === undefined || (protocol !== 'ws:' && protocol !== 'wss:'))
    throw new SiteError(
      `--url ${text}: give it like ws://127.0.0.1:8080 or wss://example.com/gate`,
    );
  const name = url.hostname.replace(/^\[|\]$/g, '');
  return {
    // Sources are addresses of IPv4.
    host: name === 'localhost' ? '127.0.0.1' : name,
    port: url.port === '' ? defaultPorts[protocol] : Number(url.port),
    name: url.host,
    path: `${url.pathname}${url.search}`,
    ...(protocol === 'wss:'
      ? { tls: { ...tls, serverName: isIP(name) === 0 ? name : undefined } }
      : {}),
  };
}

function readCa(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    createSecureContext({ ca: text });
    return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SiteError(`--ca: ${file} is no file of certificates (PEM): ${why}`);
  }
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
