import { readAdminKeys } from './admin-keys.ts';
import { completeApps, readAppKeys, unreadable, type AppContext } from './apps.ts';
import {
  developmentSource,
  sampleAppId,
  type AdminKeySetting,
  type AppSetting,
  type Config,
} from './config.ts';
import { environmentLayer } from './environment.ts';
import { fileLayer } from './file.ts';
import { explainIssues } from './issues.ts';
import {
  flagLayer,
  listFromFile,
  namedKeys,
  type ConfigInput,
  type Findings,
  type Given,
  type Layer,
} from './layers.ts';
import { pairProblems } from './pairs.ts';
import { policyProblem } from './policy.ts';
import { redisProblems } from './redis-problems.ts';
import { nearestName, problemLine, unknownName, type ConfigProblem } from './problem.ts';
import { configSchema, type Settings } from './schema.ts';
import { tlsProblems } from './tls-files.ts';
import { warningsOf } from './warnings.ts';
import { webhookProblems } from './webhooks.ts';

/** What became of loading: a frozen configuration with the source of each given key, or everything that is wrong. */
export type Loaded =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly string[];
      /** Where each key that was given came from, by key path; keys that are absent hold their default. */
      readonly sources: ReadonlyMap<string, string>;
      /** The key for /v1 that development mode has made, where nobody gave one. */
      readonly madeAdminKey: string | undefined;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const knownFlags = [
  '--config',
  '--app-file',
  '--help',
  ...namedKeys.flatMap((key) => key.flags),
].map((flag) => flag.slice(2));
const switches = new Set(
  namedKeys.filter((key) => key.kind === 'boolean').flatMap((key) => key.flags),
);

/**
 * Makes the configuration from flags, environment and file, in this order of weight; a list given in one place
 * replaces the list of the next. Reports all problems at once. Pure: everything comes in through `input`.
 */
export function loadConfig(input: ConfigInput): Loaded {
  const findings: Findings = { problems: [], warnings: [] };
  const given = gather(input, findings);
  const raw = nest(given);
  const parsed = configSchema.safeParse(raw);
  const { problems } = findings;
  if (!parsed.success) problems.push(...explainIssues(parsed.error.issues, { raw, given }));
  problems.push(...pairProblems(given, input.env['NODE_ENV']));
  problems.push(...tlsProblems(given, input.readFile));
  problems.push(...redisProblems(given, input.readFile));
  const apps = configSchema.shape.apps.safeParse(raw['apps']);
  const context = {
    source: given.get('apps')?.source ?? 'apps',
    problems,
    readFile: input.readFile,
  };
  const keys = apps.success ? readAppKeys(apps.data, context) : [];
  const complete = parsed.success ? completeApps(parsed.data, keys) : [];
  const adminKeys = parsed.success ? adminKeysOf(parsed.data, given, context) : [];
  if (parsed.success) problems.push(...policyProblems(parsed.data, complete, given));
  if (parsed.success) problems.push(...webhookProblems(parsed.data, given));
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  const config = freeze(withApps(parsed.data, complete, adminKeys));
  return {
    ok: true,
    config,
    warnings: [...findings.warnings, ...warningsOf(config, given, input.nowS)],
    sources: new Map([...given].map(([path, { source }]) => [path, source])),
    madeAdminKey: madeAdminKeyOf(given),
  };
}

function adminKeysOf(
  settings: Settings,
  given: ReadonlyMap<string, Given>,
  { problems, readFile }: AppContext,
): readonly AdminKeySetting[] {
  const from = given.get('admin.keys') ?? given.get('admin.key');
  return readAdminKeys(settings, { source: from?.source ?? 'admin.keys', problems, readFile });
}

function madeAdminKeyOf(given: ReadonlyMap<string, Given>): string | undefined {
  const key = given.get('admin.key');
  return key?.source === developmentSource ? String(key.value) : undefined;
}

/** The value that counts for every key that any source gives. */
function gather(input: ConfigInput, findings: Findings): Map<string, Given> {
  findings.problems.push(...unknownWordProblems(input.unknownWords ?? []));
  const flags = new Map(flagLayer(input, findings));
  addAppFile(flags, input, findings);
  const layers: Layer[] = [flags, environmentLayer(input, findings), fileLayer(input, findings)];
  const given = new Map<string, Given>();
  for (const layer of layers.toReversed())
    for (const [path, value] of layer) given.set(path, value);
  const defaults = given.get('dev')?.value === true ? developmentLayer(given, input) : [];
  for (const [path, value] of defaults) if (!given.has(path)) given.set(path, value);
  const nodeName = { value: nameFrom(input.hostname), source: 'the host name' };
  if (!given.has('nodeName')) given.set('nodeName', nodeName);
  return given;
}

function addAppFile(flags: Map<string, Given>, input: ConfigInput, findings: Findings): void {
  const path = input.appFile;
  const key = namedKeys.find((candidate) => candidate.kind === 'apps');
  if (path === undefined || key === undefined) return;
  const source = 'flag --app-file';
  if (flags.has('apps'))
    findings.problems.push({
      source,
      problem: '--app is given too',
      remedy: 'Give only one of the two',
    });
  try {
    flags.set('apps', listFromFile(key, input.readFile(path), source, findings));
  } catch (error) {
    findings.problems.push(unreadable(source, path, error));
    flags.set('apps', { value: undefined, source });
  }
}

/** What holds in development mode where nothing else is given. */
function developmentLayer(given: ReadonlyMap<string, Given>, input: ConfigInput): Layer {
  const source = developmentSource;
  const layer = new Map<string, Given>([
    ['host', { value: '127.0.0.1', source }],
    ['origins', { value: ['*'], source }],
  ]);
  if (!given.has('admin.keys')) {
    layer.set('admin.key', { value: `ghk_${input.makeSecret()}`, source });
  }
  if (given.has('apps')) return layer;
  const sample = [{ id: sampleAppId, keys: [{ secret: input.makeSecret() }] }];
  return layer.set('apps', { value: sample, source });
}

/** The host name as a node name: what does not fit becomes `-`. */
function nameFrom(hostname: string): string {
  return hostname.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 32) || 'node';
}

/** Words that look like flags are unknown flags; a word behind one is taken for its value. */
function unknownWordProblems(words: readonly string[]): ConfigProblem[] {
  return words.flatMap((word, index) => {
    // What follows the name may well be a secret: `--app1:SECRET`.
    const [flag] = /^-[a-z0-9-]*/.exec(word) ?? [];
    if (flag !== undefined) return [unknownFlag(flag)];
    if (words[index - 1]?.startsWith('-') === true) return [];
    // Not repeated: after a slip it may well be a secret.
    return [{ source: 'command line', problem: 'a word belongs to no flag', remedy: 'See --help' }];
  });
}

function unknownFlag(flag: string): ConfigProblem {
  const source = `flag ${flag}`;
  if (switches.has(flag))
    return {
      source,
      problem: 'it takes no value',
      remedy: `Write ${flag} alone, or leave it out`,
    };
  const nearest = nearestName(flag.replace(/^-+/, ''), knownFlags);
  return unknownName(source, 'flag', nearest === undefined ? undefined : `--${nearest}`);
}

/** Apps that share the policy of the top level share its problem; one with a policy of its own has its own. */
function policyProblems(
  settings: Settings,
  apps: readonly AppSetting[],
  given: ReadonlyMap<string, Given>,
): readonly ConfigProblem[] {
  const found = apps.map((app, index) => {
    const isOwn = settings.apps[index]?.policy !== undefined;
    const source = isOwn
      ? `${given.get('apps')?.source}[${index}].policy`
      : given.get('policy')?.source;
    return policyProblem(app, source ?? 'key policy');
  });
  const distinct = new Map(found.map((problem) => [problem && problemLine(problem), problem]));
  return [...distinct.values()].filter((problem) => problem !== undefined);
}

function nest(given: ReadonlyMap<string, Given>): Record<string, unknown> {
  const raw: Record<string, unknown> = {};
  for (const [path, { value }] of given) {
    if (value === undefined) continue;
    const sections = path.split('.');
    const name = sections.pop() ?? '';
    let at = raw;
    for (const section of sections) at = (at[section] ??= {}) as Record<string, unknown>;
    at[name] = value;
  }
  return raw;
}

function withApps(
  settings: Settings,
  apps: readonly AppSetting[],
  adminKeys: readonly AdminKeySetting[],
): Config {
  const {
    policy: _policy,
    limits: _limits,
    evictions: _evictions,
    kickedReturn: _kickedReturn,
    userMessages: _userMessages,
    admins: _admins,
    admin: _admin,
    ...rest
  } = settings;
  return { ...rest, apps, admin: { keys: adminKeys } };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
}
