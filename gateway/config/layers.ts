import { itemLines, readApps, splitList, type AppTexts } from './apps.ts';
import { configKeys, type ConfigKey } from './keys.ts';
import type { ConfigProblem } from './problem.ts';

/** What the process was started with. Nothing else reaches the configuration. */
export interface ConfigInput {
  /** Flags by key path (`ticket.graceS`), as typed. */
  readonly flags: Readonly<Record<string, FlagValue>>;
  /** `--config`. */
  readonly configFile?: string | undefined;
  /** `--app-file`. */
  readonly appFile?: string | undefined;
  /** Words of the command line that are no known flag. */
  readonly unknownWords?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws as `node:fs` does. */
  readonly readFile: (path: string) => string;
  readonly hostname: string;
  /** Unix seconds. */
  readonly nowS: number;
  /** Makes the key of development mode's sample app. */
  readonly makeSecret: () => string;
}

/** A flag as the command line parser hands it over: text, texts of a repeated flag, or a switch. */
export type FlagValue = string | readonly string[] | boolean;

/** A value from one source, before the schema has seen it. */
export interface Given {
  readonly value: unknown;
  /** Where it was given, as it stands in problems. */
  readonly source: string;
}

/** The values one source gives, by key path. */
export type Layer = ReadonlyMap<string, Given>;

/** What reading the sources finds on its way. */
export interface Findings {
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
}

/** Keys that flags and environment can give; the rest stands in the file only. */
export const namedKeys = configKeys.filter((key) => key.kind !== 'fileOnly');

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

/**
 * Makes a value of the key's kind from texts. What is no such value stays text, and the schema refuses it with
 * the words that fit.
 */
export function fromTexts(
  key: ConfigKey,
  texts: readonly string[],
  source: string,
  findings: Findings,
): Given {
  if (key.kind === 'apps') return { value: appsFrom({ texts }, source, findings), source };
  if (key.kind === 'list') return { value: texts, source };
  const text = texts.at(-1) ?? '';
  if (key.kind === 'boolean') return { value: booleans[text.toLowerCase()] ?? text, source };
  const isNumber = key.kind === 'number' && /^-?\d{1,15}$/.test(text);
  return { value: isNumber ? Number(text) : text, source };
}

function appsFrom(texts: AppTexts, source: string, findings: Findings): unknown {
  const { apps, problem } = readApps(texts);
  if (problem === undefined) return apps;
  const remedy = 'Give the SDKAppID, a colon and the secret key';
  findings.problems.push({ source, problem, remedy });
  return undefined;
}

/** The layer of the command line. */
export function flagLayer(input: ConfigInput, findings: Findings): Layer {
  const layer = new Map<string, Given>();
  for (const key of namedKeys) {
    const given = input.flags[key.path];
    if (given === undefined) continue;
    const texts = typeof given === 'object' ? given : [String(given)];
    layer.set(key.path, fromTexts(key, texts, `flag ${key.flags[0]}`, findings));
  }
  return layer;
}

/** The layer of a list that was read from a file of its own, such as `--app-file`. */
export function listFromFile(
  key: ConfigKey,
  text: string,
  source: string,
  findings: Findings,
): Given {
  if (key.kind === 'apps') {
    const texts = { texts: splitList(text), lines: itemLines(text) };
    return { value: appsFrom(texts, source, findings), source };
  }
  const texts = key.kind === 'list' ? splitList(text) : [text.trim()];
  return fromTexts(key, texts, source, findings);
}
