import type { ClientFrame, Frame, ServerFrame } from '../protocol/frames.ts';
import { pack, unpack, type Value } from './msgpack.ts';
import { answers, requests } from './wire-tables.ts';

/** The fields of a request by its name. */
export type FieldsOf<N extends ClientFrame['name']> = Omit<Frame<N>, 'name' | 'seq'>;

/** A table of lines of words, by the first word of each. */
function tableOf(text: string): Map<string, readonly string[]> {
  const lines = text.trim().split('\n');
  return new Map(lines.map((line) => line.split(' ')).map(([key = '', ...rest]) => [key, rest]));
}

const requestTable = /* @__PURE__ */ tableOf(requests);
const answerTable = /* @__PURE__ */ tableOf(answers);

const accepts: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => typeof value === 'number',
  s: (value) => typeof value === 'string',
  b: (value) => typeof value === 'boolean',
  a: Array.isArray,
};

/** Writes one request (rule FRAME-1). */
export function encodeRequest<N extends ClientFrame['name']>(
  name: N,
  seq: number,
  fields: FieldsOf<N>,
): Uint8Array {
  const [type, ...names] = requestTable.get(name) ?? [];
  const values = names.map((field) => (fields as Readonly<Record<string, Value>>)[field] ?? null);
  return pack([Number(type), seq, ...values]);
}

/**
 * Reads a message of the gateway's; throws when it is none. It checks that each field is of its kind, no more: the
 * gateway is trusted, a broken proxy between is not.
 * @returns nothing for a frame of an unknown type (rule FRAME-8)
 */
export function decodeAnswer(bytes: Uint8Array): ServerFrame | undefined {
  const values = unpack(bytes);
  if (!Array.isArray(values)) throw new TypeError('a frame is an array');
  const [type, seq] = values as readonly unknown[];
  const [name, ...words] = answerTable.get(String(type)) ?? [];
  if (typeof seq !== 'number') throw new TypeError('a frame has a sequence number');
  if (name === undefined) return undefined;
  const frame: Record<string, unknown> = { name, seq };
  for (const [i, word] of words.entries()) {
    const [field = '', kind = '', fallback = 'null'] = word.split(/[:=]/);
    const value: unknown = values[i + 2] ?? JSON.parse(fallback);
    if (accepts[kind]?.(value) !== true) throw new TypeError(`${name}.${field} is wrong`);
    frame[field] = value;
  }
  return frame as unknown as ServerFrame;
}
