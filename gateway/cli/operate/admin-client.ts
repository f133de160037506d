/** Where a gateway is asked, and with which key. */
export interface AdminAddress {
  /** Address of the admin port of any node, without a path. */
  readonly url: string;
  readonly key: string;
}

/** What became of a call. */
export type Answered =
  | { readonly kind: 'done'; readonly body: unknown }
  /** The gateway said no, and did nothing. */
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  /** Nothing was done: nobody took the call. */
  | { readonly kind: 'unreachable'; readonly text: string }
  /** No answer, or one that says as much: nobody can tell whether it was done. */
  | { readonly kind: 'unknown'; readonly text: string };

/** The bodies of errors; see docs/admin-api.md. */
interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

const patienceMs = 10_000;

/** Statuses after which the call may have been served: the gateway could not find out itself. */
const inDoubt: readonly number[] = [500, 502, 503, 504];

/** Failures of the network before anything can have been sent. */
const notSent: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  // Ports that fetch refuses to speak with.
  'bad port',
];

/** Makes one call of /v1. Never rejects. */
export async function callAdmin(
  { url, key }: AdminAddress,
  method: string,
  path: string,
  body?: object,
): Promise<Answered> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // The key is for this address and no other.
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
    });
    text = await response.text();
  } catch (error) {
    return failureOf(error, url, method);
  }
  return answerIn(response.status, text, url, method);
}

function failureOf(error: unknown, url: string, method: string): Answered {
  const code = causeOf(error);
  const remedy = 'Give the address of an admin port by --url or GATEHOUSE_ADMIN_URL';
  if (notSent.includes(code) || method === 'GET')
    return { kind: 'unreachable', text: `no gateway answered at ${url} (${code}). ${remedy}` };
  return { kind: 'unknown', text: `the gateway at ${url} did not answer (${code}). Try again` };
}

/** The system's code of a failed fetch. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return `${patienceMs / 1000} s without an answer`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? String(cause.code) : cause.message;
}

function answerIn(status: number, text: string, url: string, method: string): Answered {
  const body = jsonIn(text);
  if (status === 200 && body !== undefined) return { kind: 'done', body };
  if (!isError(body)) {
    const what = `${url} answered with status ${status} and not as a gateway does`;
    return {
      kind: 'refused',
      code: '',
      text: `${what}. Give the address of an admin port by --url`,
    };
  }
  const { code, message, remedy } = body;
  const told = `${message} (${code}). ${remedy}`;
  if (method !== 'GET' && inDoubt.includes(status)) return { kind: 'unknown', text: told };
  return { kind: 'refused', code, text: told };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isError(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null) return false;
  const fields = ['code', 'message', 'remedy'];
  return fields.every((name) => typeof (body as Record<string, unknown>)[name] === 'string');
}
