import type { UpgradeRequest } from './admission.ts';

/** An answer to a plain request, with status 200; the connection ends with it. */
export interface Page {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array;
}

/** The page at a path of the public port, for a request with this Host header; `undefined` where there is none. */
export type FindPage = (path: string, host: string) => Page | undefined;

/** The page a request asks for. None for whoever wants a WebSocket: what is wrong with that, admission says. */
export function pageFor(
  request: UpgradeRequest,
  host: string,
  findPage: FindPage | undefined,
): Page | undefined {
  if (findPage === undefined || request.method !== 'GET' || request.upgrade !== '')
    return undefined;
  return findPage(request.path, host);
}
