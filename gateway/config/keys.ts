import { z } from 'zod';
import { keyDocs } from './key-doc.ts';
import { configSchema } from './schema.ts';

/** How the text of a flag or an environment variable becomes a value. */
export type KeyKind = 'text' | 'number' | 'boolean' | 'list' | 'apps' | 'fileOnly';

/** One key of the configuration, as found by walking the schema. */
export interface ConfigKey {
  /** Path in the file, such as `ticket.graceS`; `[]` stands for any place of a list. */
  readonly path: string;
  readonly kind: KeyKind;
  /** Long flags, the usual one first; empty for keys only the file can give. */
  readonly flags: readonly string[];
  /** Environment variable; empty for keys only the file can give. */
  readonly env: string;
  /** How a value looks, in words. */
  readonly shape: string;
  /** The default, in words. */
  readonly defaultText: string;
  readonly meaning: string;
  readonly secret: boolean;
}

/** `ticket.graceS` to `ticket-grace-s`. */
function kebab(path: string): string {
  return path.replaceAll('.', '-').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function unwrap(schema: unknown): unknown {
  const wrapped =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}

function kindOf(path: string, schema: unknown): KeyKind {
  if (path === 'apps') return 'apps';
  if (path.includes('[]')) return 'fileOnly';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodArray) return 'list';
  return 'text';
}

function shapeOf(schema: unknown, fallback: string | undefined): string {
  if (fallback !== undefined) return fallback;
  if (schema instanceof z.ZodNumber)
    return `whole number from ${schema.minValue} to ${schema.maxValue}`;
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(', ')}`;
  if (schema instanceof z.ZodBoolean) return 'true or false';
  return 'text';
}

function defaultOf(schema: unknown): string {
  return schema instanceof z.ZodDefault ? String(schema.def.defaultValue) : 'none';
}

function describeKey(path: string, schema: z.ZodType): ConfigKey | undefined {
  const doc = keyDocs.get(schema);
  if (doc === undefined) return undefined;
  const inner = unwrap(schema);
  const kind = doc.isFileOnly === true ? 'fileOnly' : kindOf(path, inner);
  const name = doc.name ?? kebab(path);
  const names = doc.alias === undefined ? [name] : [doc.alias, name];
  return {
    path,
    kind,
    flags: kind === 'fileOnly' ? [] : names.map((flag) => `--${flag}`),
    env: kind === 'fileOnly' ? '' : `GATEHOUSE_${name.replaceAll('-', '_').toUpperCase()}`,
    shape: shapeOf(inner, doc.shape),
    defaultText: doc.defaultText ?? defaultOf(schema),
    meaning: doc.meaning,
    secret: doc.secret ?? false,
  };
}

function walk(schema: unknown, path: string, found: ConfigKey[]): void {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) walk(inner.element, `${path}[]`, found);
  if (inner instanceof z.ZodUnion) for (const option of inner.options) walk(option, path, found);
  if (!(inner instanceof z.ZodObject)) return;
  for (const [name, child] of Object.entries(inner.shape)) {
    const childPath = path === '' ? name : `${path}.${name}`;
    const key = describeKey(childPath, child);
    if (key !== undefined) found.push(key);
    walk(child, childPath, found);
  }
}

function allKeys(): readonly ConfigKey[] {
  const found: ConfigKey[] = [];
  walk(configSchema, '', found);
  return found;
}

/** Every documented key in the order of the schema, those inside lists included. */
export const configKeys: readonly ConfigKey[] = allKeys();
