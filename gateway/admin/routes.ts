import type { Health } from './health.ts';

/** An answer of the admin port. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** More headers, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the routes show; each is asked at each request. */
export interface AdminSources {
  readonly health: () => Health;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
}

/** Answers one request. Rejects only for a bug, which becomes a 500. */
export type Handler = () => Answer | Promise<Answer>;

/** Handlers by path and then by method. HEAD is answered by GET. */
export type Routes = ReadonlyMap<string, Readonly<Record<string, Handler>>>;

/** An answer of JSON. */
export function json(status: number, body: object): Answer {
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body: `${JSON.stringify(body)}\n`,
  };
}

/** Every route of the admin port. */
export function adminRoutes(sources: AdminSources): Routes {
  return new Map<string, Readonly<Record<string, Handler>>>([
    ['/livez', { GET: () => json(200, { live: true }) }],
    ['/readyz', { GET: () => readiness(sources.health()) }],
    ['/metrics', { GET: () => metrics(sources.metrics) }],
  ]);
}

function readiness(health: Health): Answer {
  return json(health.ready ? 200 : 503, health);
}

async function metrics(source: AdminSources['metrics']): Promise<Answer> {
  return { status: 200, contentType: source.contentType, body: await source.render() };
}
