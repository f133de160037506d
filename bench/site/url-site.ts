import type { BenchApp } from '../generator/frames.ts';
import type { Target } from '../generator/login-socket.ts';
import type { Site } from './site.ts';

/** What is wrong with an address or an app, for the user. */
export class SiteError extends Error {}

/** Targets that run already. Throws SiteError when one cannot be one. */
export function urlSite(urls: readonly string[], app: string | undefined): Site {
  return {
    app: readApp(app),
    targets: urls.map(readTarget),
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

function readApp(text: string | undefined): BenchApp {
  const match = /^(\d+):(\S+)$/.exec(text ?? '');
  if (match === null)
    throw new SiteError(
      '--url needs --app <SDKAppID>:<SECRET>, because the bench makes the tickets itself',
    );
  return { sdkAppId: Number(match[1]), secret: match[2] ?? '' };
}
