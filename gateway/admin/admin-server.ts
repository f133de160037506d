import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathOf } from './rest/call-url.ts';
import { restPrefix, type RestApi } from './rest/rest-api.ts';
import { v1Prefix, type V1Api } from './v1/v1-api.ts';
import { adminRoutes, json, type AdminSources, type Answer, type Routes } from './routes.ts';

/** Where the admin port listens and what it shows. */
export interface AdminSettings extends AdminSources {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Serves what begins with /v4/. */
  readonly rest: Pick<RestApi, 'answer'>;
  /** Serves what begins with /v1/. */
  readonly v1: Pick<V1Api, 'answer'>;
  /** Told of a handler that failed; the client gets a 500 without the reason. */
  readonly onError: (error: unknown) => void;
}

/** The admin port while it listens. */
export interface AdminServer {
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Room for probes, scrapes and the connection pools of some back ends. */
const bounds = {
  headerBytes: 8192,
  headersMs: 5000,
  requestMs: 10_000,
  /** Longer than what proxies keep an idle connection for: of the two they should be the one to close it. */
  keepAliveMs: 65_000,
  /** How often the times above are looked at. */
  checkMs: 1000,
  connections: 1024,
} as const;

/** Starts the admin port: /livez, /readyz, /metrics, REST and /v1. Rejects when the port cannot be had. */
export async function startAdminServer(settings: AdminSettings): Promise<AdminServer> {
  const routes = adminRoutes(settings);
  const server = createServer(
    {
      maxHeaderSize: bounds.headerBytes,
      headersTimeout: bounds.headersMs,
      requestTimeout: bounds.requestMs,
      keepAliveTimeout: bounds.keepAliveMs,
      connectionsCheckingInterval: bounds.checkMs,
    },
    (request, response) => void serve({ request, response }, routes, settings),
  );
  server.maxConnections = bounds.connections;
  await listen(server, settings);
  const { port } = server.address() as AddressInfo;
  return { port, close: () => close(server) };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(exchange: Exchange, routes: Routes, settings: AdminSettings): Promise<void> {
  const { request, response } = exchange;
  try {
    await answer(exchange, routes, settings);
  } catch (error) {
    // Nobody is left to answer, and nothing is wrong here.
    if (request.destroyed && !request.complete) return;
    settings.onError(error);
    if (response.headersSent) response.destroy();
    else write(response, json(500, { error: 'the gateway failed at this request' }));
  }
}

async function answer(
  { request, response }: Exchange,
  routes: Routes,
  { rest, v1 }: AdminSettings,
): Promise<void> {
  const path = pathOf(request.url ?? '/');
  if (path.startsWith(restPrefix)) {
    write(response, await rest.answer(request));
    return;
  }
  if (path.startsWith(v1Prefix)) {
    write(response, await v1.answer(request));
    return;
  }
  const handlers = routes.get(path);
  if (handlers === undefined) {
    write(response, json(404, { error: 'no such path', paths: [...routes.keys()] }));
    return;
  }
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
  if (handler === undefined) {
    response.setHeader('allow', [...Object.keys(handlers), 'HEAD'].join(', '));
    write(response, json(405, { error: 'this path does not take the method' }));
    return;
  }
  write(response, await handler());
}

function write(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}

function listen(server: Server, { host, port }: AdminSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void =>
      reject(
        new Error(
          `cannot listen on admin port ${port} of ${host}: ${cause.message}; ` +
            'free it or choose another adminHost or adminPort (--admin-port)',
          { cause },
        ),
      );
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
