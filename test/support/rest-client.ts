import { commands } from '../../gateway/admin/rest/commands.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** The answer of a REST call: always the envelope, and what the command adds. */
export interface RestAnswer extends Readonly<Record<string, unknown>> {
  /** Missing in the good answers of some commands. */
  readonly ActionStatus?: string;
  readonly ErrorCode: number;
  readonly ErrorInfo: string;
}

/** A REST call as it goes over the wire. What is undefined in the query is left out. */
export interface RestCall {
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** More of the query, as it is. */
  readonly search?: string;
  /** Text as it is; anything else as JSON. */
  readonly body: unknown;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a REST call and checks what holds for every answer: status 200, JSON, and the envelope. */
export async function callRest(node: GatewayProcess, call: RestCall): Promise<RestAnswer> {
  const given = Object.entries(call.query).filter((entry) => entry[1] !== undefined);
  const query = new URLSearchParams(given as [string, string][]);
  const { method = 'POST' } = call;
  const response = await fetch(
    `${node.adminUrl}/v4/${call.path}?${query.toString()}${call.search ?? ''}`,
    {
      method,
      ...(method !== 'GET' && { body: bodyOf(call.body) }),
      headers: { ...call.headers },
    },
  );
  if (response.status !== 200) throw new Error(`HTTP status ${response.status}`);
  if (response.headers.get('content-type')?.startsWith('application/json') !== true)
    throw new Error('an answer that is no JSON');
  const answer = (await response.json()) as RestAnswer;
  if (!isWhole(answer, call.path)) throw new Error(`no envelope: ${JSON.stringify(answer)}`);
  return answer;
}

function isWhole({ ActionStatus, ErrorCode, ErrorInfo }: RestAnswer, path: string): boolean {
  if (!Number.isInteger(ErrorCode)) return false;
  if (ErrorCode !== 0) return ActionStatus === 'FAIL' && ErrorInfo !== '';
  const isPlain = commands.some((command) => command.path === path && command.isPlain === true);
  return isPlain
    ? ActionStatus === undefined && ErrorInfo === 'OK'
    : ActionStatus === 'OK' && ErrorInfo === '';
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string' || body instanceof Uint8Array)
    return body as string | Uint8Array<ArrayBuffer>;
  return JSON.stringify(body);
}
