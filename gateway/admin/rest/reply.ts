import { restCodes, type RestCodeName } from './codes.ts';

/** What a call found or did: the fields of the answer beyond the envelope. */
export interface Done {
  readonly kind: 'done';
  /** Told without `ActionStatus`. */
  readonly isPlain?: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A call that was not served. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: number;
  /** For a developer; never a ticket, a key or a URL. */
  readonly info: string;
  /** Fields that are answered all the same. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** What became of a call. */
export type Reply = Done | Refusal;

/** An answer with these fields. */
export function done(fields: Done['fields'] = {}): Done {
  return { kind: 'done', fields };
}

/** A refusal; `where` is the place in the body that is at fault. */
export function refuse(name: RestCodeName, where = ''): Refusal {
  const { code, text } = restCodes[name];
  return { kind: 'refused', code, info: where === '' ? text : `${where}: ${text}` };
}

function headOf(reply: Reply): object {
  if (reply.kind === 'refused') {
    return { ActionStatus: 'FAIL', ErrorCode: reply.code, ErrorInfo: reply.info };
  }
  if (reply.isPlain === true) return { ErrorCode: 0, ErrorInfo: 'OK' };
  return { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' };
}

/** The body of an answer as Tencent's REST API gives it, whatever became of the call. */
export function envelope(reply: Reply): Readonly<Record<string, unknown>> {
  return { ...headOf(reply), ...reply.fields };
}
