import { v1Codes, type V1CodeName } from './codes.ts';

/** What a call found or did. */
export interface V1Done {
  readonly kind: 'done';
  readonly body: object;
}

/** A call that was not served. */
export interface V1Refusal {
  readonly kind: 'refused';
  readonly code: V1CodeName;
  /** More about it than the code says; never a key, nor text that nobody has checked. */
  readonly detail: string;
}

/** What became of a call. */
export type V1Reply = V1Done | V1Refusal;

/** An answer with this body. */
export function done(body: object): V1Done {
  return { kind: 'done', body };
}

/** A refusal, with what there is to say beside the code. */
export function refuse(code: V1CodeName, detail = ''): V1Refusal {
  return { kind: 'refused', code, detail };
}

/** The body of a refusal: the one shape all errors of /v1 have. */
export function errorBody({ code, detail }: V1Refusal): object {
  const { message, remedy } = v1Codes[code];
  return { code, message: detail === '' ? message : `${message}: ${detail}`, remedy };
}
