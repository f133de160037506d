import { z } from 'zod';

/** What stands about a key in help texts, error texts and the configuration table. */
export interface KeyDoc {
  /** One sentence. */
  readonly meaning: string;
  /** How a value looks, where the schema alone cannot say it in words. */
  readonly shape?: string;
  /** How the default reads, where it is no constant. */
  readonly defaultText?: string;
  /** The name in flags and the environment when it is not made from the path. */
  readonly name?: string;
  /** A second, shorter flag. */
  readonly alias?: string;
  /** Only the JSON file can give it. */
  readonly isFileOnly?: true;
  /** Never shown in full: not in errors, not by `config print`. */
  readonly secret?: true;
}

/** The words of every key; the walk in keys.ts reads them back. */
export const keyDocs = z.registry<KeyDoc>();

/** A key that holds the path of a file. */
export const filePath = (meaning: string) =>
  z.string().min(1).optional().register(keyDocs, { meaning, shape: 'path of a file' });

/** A whole number within bounds that has a default. */
export const integer = (min: number, max: number, fallback: number, meaning: string) =>
  z.int().min(min).max(max).default(fallback).register(keyDocs, { meaning });
