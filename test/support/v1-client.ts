import type { GatewayProcess } from './gateway-process.ts';

/** The answer of a call of /v1. */
export interface V1Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A call of /v1 as it goes over the wire. */
export interface V1Call {
  readonly method: string;
  readonly path: string;
  /** Left out: no header Authorization. */
  readonly key?: string | undefined;
  /** Text as it is; anything else as JSON; undefined: none. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a call of /v1 and checks what holds for every answer: JSON, and the one shape of errors. */
export async function callV1(node: GatewayProcess, call: V1Call): Promise<V1Answer> {
  const { method, path, key, body, headers = {} } = call;
  const response = await fetch(`${node.adminUrl}${path}`, {
    method,
    headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (response.headers.get('content-type')?.startsWith('application/json') !== true)
    throw new Error(`an answer that is no JSON: ${response.status}`);
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  const isError = Object.keys(answer).join() === 'code,message,remedy';
  if (response.ok === isError) throw new Error(`${response.status} with ${JSON.stringify(answer)}`);
  return { status: response.status, headers: response.headers, body: answer };
}
