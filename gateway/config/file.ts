import { distance } from 'fastest-levenshtein';
import { unreadable } from './apps.ts';
import { configFileVariable } from './environment.ts';
import { configKeys } from './keys.ts';
import { namedKeys, type ConfigInput, type Findings, type Given, type Layer } from './layers.ts';
import { slipsIn, unknownName, type ConfigProblem } from './problem.ts';

const leaves = new Set(configKeys.map((key) => key.path).filter((path) => !path.includes('[]')));
const knownPaths = configKeys.map((key) => key.path);
const sections = new Set(
  namedKeys.filter((key) => key.path.includes('.')).map((key) => key.path.replace(/\.[^.]*$/, '')),
);

/** How much less likely a wrong section is than a slip in the name, in letters. */
const wrongSectionSteps = 2;

/**
 * The problem of a key nobody knows. It is compared with what stands at its own depth (a slip in the name) and
 * with the last names of all keys (the right name in the wrong section). Places in lists count as `[]`.
 */
export function unknownPath(source: string, path: string): ConfigProblem {
  const parts = path.replaceAll(/\[\d+\]/g, '[]').split('.');
  const name = parts.at(-1) ?? '';
  const slips = slipsIn(name);
  let nearest: { readonly shown?: string; readonly steps: number } = { steps: Infinity };
  for (const known of knownPaths) {
    const knownParts = known.split('.');
    const sameDepth = knownParts.slice(0, parts.length).join('.');
    const here = distance(parts.join('.'), sameDepth);
    const last = distance(name, knownParts.at(-1) ?? '');
    const elsewhere = last + wrongSectionSteps;
    if (here <= slips && here < nearest.steps) nearest = { shown: sameDepth, steps: here };
    if (last <= slips && elsewhere < nearest.steps) nearest = { shown: known, steps: elsewhere };
  }
  return unknownName(source, 'key', nearest.shown);
}

/** The layer of the JSON file, if there is one. Keys nobody knows are problems, not silence. */
export function fileLayer(input: ConfigInput, findings: Findings): Layer {
  const layer = new Map<string, Given>();
  const path = input.configFile ?? (input.env[configFileVariable] || undefined);
  if (path === undefined) return layer;
  const source = `file ${path}`;
  const content = readJson(path, source, input, findings);
  // Otherwise a broken file would be reported a second time, as a file without apps.
  if (content === undefined) return layer.set('apps', { value: undefined, source });
  readSection(content, '', { source, findings, layer });
  return layer;
}

function readJson(
  path: string,
  source: string,
  input: ConfigInput,
  findings: Findings,
): object | undefined {
  let text: string;
  try {
    text = input.readFile(path);
  } catch (error) {
    findings.problems.push(unreadable(source, path, error));
    return undefined;
  }
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content)) return content;
    findings.problems.push({
      source,
      problem: 'it holds no JSON object',
      remedy: 'Write the keys into { }',
    });
  } catch (error) {
    // The parser's own message repeats a piece of the text, which may be a secret.
    const line = lineOf(text, error);
    findings.problems.push({
      source,
      problem: `it is not valid JSON${line}`,
      remedy: 'Look for a missing quote, a comment or a comma too many',
    });
  }
  return undefined;
}

function lineOf(text: string, error: unknown): string {
  const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  if (position === undefined) return '';
  return ` (line ${text.slice(0, Number(position)).split('\n').length})`;
}

interface Reading {
  readonly source: string;
  readonly findings: Findings;
  readonly layer: Map<string, Given>;
}

function readSection(section: object, parent: string, reading: Reading): void {
  for (const [name, value] of Object.entries(section)) {
    const path = parent === '' ? name : `${parent}.${name}`;
    const source = `${reading.source}, key ${path}`;
    if (leaves.has(path)) reading.layer.set(path, { value, source });
    else if (!sections.has(path)) reading.findings.problems.push(unknownPath(source, path));
    else if (isObject(value)) readSection(value, path, reading);
    else
      reading.findings.problems.push({
        source,
        problem: 'it is not an object',
        remedy: `Write its keys into { }, such as ${knownPaths.find((known) => known.startsWith(`${path}.`))}`,
      });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
