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
  /** Facts for generators of random values; nothing at run time reads them. */
  readonly domain: Domain;
}

/** What a generator needs to make every value a field accepts. */
export type Domain =
  | { readonly kind: 'integer'; readonly max: number }
  | { readonly kind: 'text'; readonly min: number; readonly max: number; readonly token: boolean }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'flag' };

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

/** The same field, appended later than version 1's first frames or optional to send: missing means `fallback`. */
export function optional<T>(field: Field<T>, fallback: T): Field<T> {
  return { ...field, fallback };
}
