/**
 * The small field language in which every frame is declared once: TypeScript type, checker, document
 * line and test generator all come from the same declaration.
 */
export interface Field<T> {
  /** How the value looks, for PROTOCOL.md and for the text of a refusal. */
  readonly shape: string;
  /** What the value means, one sentence. */
  readonly doc: string;
  /** Whether a decoded value is of this field. */
  accepts(value: unknown): value is T;
  /** The value of a field that an older sender leaves out; absent on fields every sender must send. */
  readonly fallback?: T;
  /** The value as the MessagePack encoder must be given it; absent where that is the value itself. */
  pack?(this: void, value: T): unknown;
  /** Facts for generators of random values; nothing at run time reads them. */
  readonly domain: Domain;
}

/** What a generator needs to make every value a field accepts. */
export type Domain =
  | { readonly kind: 'integer'; readonly max: number }
  | { readonly kind: 'text'; readonly min: number; readonly max: number; readonly token: boolean }
  | { readonly kind: 'bytes'; readonly max: number }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'flag' }
  | { readonly kind: 'list'; readonly of: Domain; readonly min: number; readonly max: number }
  | { readonly kind: 'tuple'; readonly of: readonly Domain[] };

/** The TypeScript type a field carries. */
export type ValueOf<F> = F extends Field<infer T> ? T : never;

const tokenPattern = /^[A-Za-z0-9_-]+$/;
// A lone surrogate has no UTF-8 form, so it could not be passed on.
const loneSurrogate = /\p{Surrogate}/u;

/** A whole number from 0 to `max` (default: an uint32, the widest the wire carries). */
export function integer(doc: string, max = 0xffff_ffff): Field<number> {
  return {
    shape: max === 0xffff_ffff ? 'uint32' : `integer 0-${max}`,
    doc,
    accepts: (value): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max,
    domain: { kind: 'integer', max },
  };
}

/** A whole number from 0 to 2^53 - 1: a version, never a time. */
export function wideInteger(doc: string): Field<number> {
  return {
    ...integer(doc, Number.MAX_SAFE_INTEGER),
    shape: 'integer below 2^53',
    // The encoder would write what does not fit 32 bits as a float, which has no place in a frame.
    pack: (value) => (value > 0xffff_ffff ? BigInt(value) : value),
  };
}

/** Text of 1 to `max` characters from `A-Z a-z 0-9 _ -`. */
export function token(doc: string, max: number): Field<string> {
  return {
    shape: `text 1-${max} of [A-Za-z0-9_-]`,
    doc,
    accepts: (value): value is string =>
      typeof value === 'string' && value.length <= max && tokenPattern.test(value),
    domain: { kind: 'text', min: 1, max, token: true },
  };
}

/** Any text of at most `max` characters, empty allowed. */
export function text(doc: string, max: number): Field<string> {
  return {
    shape: `text 0-${max}`,
    doc,
    accepts: (value): value is string =>
      typeof value === 'string' && value.length <= max && !loneSurrogate.test(value),
    domain: { kind: 'text', min: 0, max, token: false },
  };
}

/** Any text of at most `max` bytes of UTF-8, empty allowed. */
export function utf8Text(doc: string, max: number): Field<string> {
  return {
    shape: `text 0-${max} bytes of UTF-8`,
    doc,
    accepts: (value): value is string =>
      typeof value === 'string' &&
      value.length <= max &&
      !loneSurrogate.test(value) &&
      utf8Length(value) <= max,
    domain: { kind: 'bytes', max },
  };
}

/** Bytes of a well-formed text in UTF-8; browsers have no Buffer to ask. */
export function utf8Length(value: string): number {
  let bytes = value.length;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    // A surrogate pair is two units and four bytes.
    if (unit > 0x7f) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** One of a fixed list of words. */
export function choice<const T extends string>(doc: string, of: readonly T[]): Field<T> {
  return {
    shape: `one of ${of.map((word) => (word === '' ? '(empty)' : word)).join(', ')}`,
    doc,
    accepts: (value): value is T => of.includes(value as T),
    domain: { kind: 'choice', of },
  };
}

/** True or false. */
export function flag(doc: string): Field<boolean> {
  return {
    shape: 'boolean',
    doc,
    accepts: (value): value is boolean => typeof value === 'boolean',
    domain: { kind: 'flag' },
  };
}

/** Several values of one kind, `min` to `max` of them. */
export function list<T>(
  doc: string,
  item: Field<T>,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): Field<readonly T[]> {
  const { pack } = item;
  return {
    shape: `list of ${min}-${max}: ${item.shape}`,
    doc,
    accepts: (value): value is readonly T[] =>
      Array.isArray(value) &&
      value.length >= min &&
      value.length <= max &&
      value.every((one) => item.accepts(one)),
    ...(pack && { pack: (value) => value.map((one) => pack(one)) }),
    domain: { kind: 'list', of: item.domain, min, max },
  };
}

/** Values of fixed kinds in a fixed order; like a frame it may have grown in a later version. */
export function tuple<const T extends readonly Field<unknown>[]>(
  doc: string,
  names: readonly string[],
  items: T,
): Field<{ readonly [K in keyof T]: ValueOf<T[K]> }> {
  type Values = { readonly [K in keyof T]: ValueOf<T[K]> };
  const shapes = items.map(({ shape }, i) => `${names[i]}: ${shape}`);
  const packs = items.some(({ pack }) => pack !== undefined);
  return {
    shape: `[${shapes.join('; ')}]`,
    doc,
    accepts: (value): value is Values =>
      Array.isArray(value) &&
      value.length >= items.length &&
      items.every((item, i) => item.accepts(value[i])),
    ...(packs && {
      pack: (value: Values) =>
        items.map((item, i) => (item.pack === undefined ? value[i] : item.pack(value[i]))),
    }),
    domain: { kind: 'tuple', of: items.map(({ domain }) => domain) },
  };
}

/** The same field, appended later than version 1's first frames or optional to send: missing means `fallback`. */
export function optional<T>(field: Field<T>, fallback: T): Field<T> {
  return { ...field, fallback };
}
