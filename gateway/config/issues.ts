import type { z } from 'zod';
import { unknownPath } from './file.ts';
import { configKeys, type ConfigKey } from './keys.ts';
import type { Given } from './layers.ts';
import type { ConfigProblem } from './problem.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const keysByPath = new Map(configKeys.map((key) => [key.path, key]));
const shownLength = 60;

/** The values that were handed to the schema, and where each key of them came from. */
export interface Checked {
  readonly raw: unknown;
  readonly given: ReadonlyMap<string, Given>;
}

const noApp: ConfigProblem = {
  source: 'key apps',
  problem: 'no app is configured',
  remedy: 'Give --app-file, GATEHOUSE_APP, or apps in the file; or --dev for a sample app',
};

/** What the schema refuses, in words for an operator, by the place where it was given. */
export function explainIssues(
  issues: readonly Issue[],
  checked: Checked,
): readonly ConfigProblem[] {
  return issues.flatMap((issue) => flatten(issue)).flatMap((issue) => explain(issue, checked));
}

/** A value that is none of several kinds: the complaints of the kind it comes closest to, if one got further. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const deeper = issue.errors.find((errors) => errors.every((error) => error.path.length > 0));
  if (deeper === undefined || deeper.length === 0) return [issue];
  return deeper.flatMap((error) => flatten({ ...error, path: [...issue.path, ...error.path] }));
}

function explain(issue: Issue, checked: Checked): readonly ConfigProblem[] {
  const source = sourceOf(issue.path, checked.given);
  if (source === undefined) return [];
  if (issue.code === 'unrecognized_keys') {
    const parent = pathText(issue.path);
    return issue.keys.map((name) => unknownPath(join(source, name), join(parent, name)));
  }
  if (pathText(issue.path) === 'apps' && valueAt(checked.raw, issue.path) === undefined)
    return [noApp];
  const key = nearestKey(issue.path);
  const value = valueAt(checked.raw, issue.path);
  if (issue.code === 'custom' && value !== undefined && issue.message !== 'Invalid input')
    return [{ source, problem: `it ${issue.message}`, remedy: 'Change the entry' }];
  return [{ source, problem: complaint(key, value), remedy: expectation(key) }];
}

function complaint(key: ConfigKey | undefined, value: unknown): string {
  if (value === undefined) return 'it is missing';
  if (key === undefined || key.secret) return 'the value (not shown) does not fit';
  const text = JSON.stringify(value) ?? typeof value;
  return `${text.length > shownLength ? `${text.slice(0, shownLength)}...` : text} does not fit`;
}

function expectation(key: ConfigKey | undefined): string {
  if (key === undefined) return 'See `gatehouse config docs`';
  const isRequired = key.kind === 'fileOnly' || key.kind === 'apps';
  return `Expected: ${key.shape}${isRequired ? '' : `; left out, the default is ${key.defaultText}`}`;
}

/** Where the key of `path` was given; undefined when that source could not be read, which is a problem already. */
function sourceOf(path: Path, given: ReadonlyMap<string, Given>): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const found = given.get(pathText(path.slice(0, length)));
    if (found === undefined) continue;
    if (found.value === undefined) return undefined;
    return join(found.source, pathText(path.slice(length)));
  }
  return `key ${pathText(path)}`;
}

/** `['apps', 0, 'id']` as `apps[0].id`. */
function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => join(text, typeof part === 'number' ? `[${part}]` : String(part)),
    '',
  );
}

function join(text: string, part: string): string {
  return text === '' || part === '' || part.startsWith('[') ? text + part : `${text}.${part}`;
}

/** The documented key at `path`, or the closest one around it. */
function nearestKey(path: Path): ConfigKey | undefined {
  for (let length = path.length; length > 0; length--) {
    const key = keysByPath.get(pathText(path.slice(0, length)).replaceAll(/\[\d+\]/g, '[]'));
    if (key !== undefined) return key;
  }
  return undefined;
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
