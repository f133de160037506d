import type { Settings } from './schema.ts';
import type { AppKeySetting, AppSetting } from './config.ts';
import { momentOf } from './moment.ts';
import type { ConfigProblem } from './problem.ts';
import { webhooksOf } from './webhooks.ts';

/** An app as it is given by flag or environment: its ID and its keys, the first one first. */
export interface AppText {
  readonly id: number;
  readonly keys: readonly { readonly secret: string }[];
}

const appPattern = /^(\d{1,10}):(.+)$/;

/**
 * Reads `ID:SECRET` texts; an ID that comes twice has two keys. What is no such text is left out and
 * counted in `bad` by its place from 1 on: the text itself may be a secret and is never repeated.
 */
function parseApps(texts: readonly string[]): {
  readonly apps: readonly AppText[];
  readonly bad: readonly number[];
} {
  const secrets = new Map<number, { secret: string }[]>();
  const bad: number[] = [];
  for (const [index, text] of texts.entries()) {
    const [, id, secret] = appPattern.exec(text) ?? [];
    if (id === undefined || secret === undefined) bad.push(index + 1);
    else secrets.set(Number(id), [...(secrets.get(Number(id)) ?? []), { secret }]);
  }
  return { apps: [...secrets].map(([id, keys]) => ({ id, keys })), bad };
}

/** Splits the text of an environment variable or a file into its items: by white space and commas. */
export function splitList(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

/** The line, from 1 on, in which each item of a file stands. */
export function itemLines(text: string): readonly number[] {
  return text.split('\n').flatMap((line, index) => splitList(line).map(() => index + 1));
}

/** The texts of apps, with their lines when they come from a file. */
export interface AppTexts {
  readonly texts: readonly string[];
  readonly lines?: readonly number[];
}

/** Reads apps as `parseApps` does; or says, without repeating a text, which of them is none, or that there is none. */
export function readApps({ texts, lines }: AppTexts): {
  readonly apps: readonly AppText[];
  readonly problem?: string;
} {
  const { apps, bad } = parseApps(texts);
  if (texts.length === 0) return { apps, problem: 'there is no app in it' };
  if (bad.length === 0) return { apps };
  const where =
    lines === undefined
      ? `number ${bad.join(', ')} of ${texts.length}`
      : `line ${[...new Set(bad.map((at) => lines[at - 1]))].join(', ')}`;
  return { apps, problem: `${where} is not ID:SECRET` };
}

/** What the keys of apps need from outside, and where the apps were given. */
export interface AppContext {
  readonly source: string;
  readonly problems: ConfigProblem[];
  readonly readFile: (path: string) => string;
}

/** The keys of each app in the order of the list, with their files read. */
export function readAppKeys(
  apps: Settings['apps'],
  context: AppContext,
): readonly AppKeySetting[][] {
  const seen = new Set<number>();
  return apps.map((app, index) => {
    const source = `${context.source}[${index}]`;
    if (seen.has(app.id))
      context.problems.push({
        source: `${source}.id`,
        problem: `app ${app.id} stands in the list twice`,
        remedy: 'Put the keys of one app into one entry',
      });
    seen.add(app.id);
    const keys = app.keys.map((key, at) => completeKey(key, `${source}.keys[${at}]`, context));
    const secrets = keys.map(({ secret }) => secret).filter((secret) => secret !== '');
    if (new Set(secrets).size < secrets.length)
      context.problems.push({
        source: `${source}.keys`,
        problem: `app ${app.id} has the same key twice`,
        remedy: 'Leave one of them out',
      });
    return keys;
  });
}

/** The apps with everything they leave out filled in from the top level. */
export function completeApps(
  settings: Settings,
  keys: readonly (readonly AppKeySetting[])[],
): readonly AppSetting[] {
  return settings.apps.map((app, index) => ({
    id: app.id,
    keys: keys[index] ?? [],
    policy: app.policy ?? settings.policy,
    limits: { ...settings.limits, ...app.limits },
    evictions: {
      burst: app.evictions?.burst ?? settings.evictions.burst,
      perMinute: app.evictions?.perMinute ?? settings.evictions.perMinute,
    },
    kickedReturn: app.kickedReturn ?? settings.kickedReturn,
    userMessages: app.userMessages ?? settings.userMessages,
    admins: app.admins ?? settings.admins,
    webhooks: webhooksOf(settings, app),
  }));
}

type KeySettings = Settings['apps'][number]['keys'][number];

function completeKey(key: KeySettings, source: string, context: AppContext): AppKeySetting {
  const secret = key.secret ?? readSecret(key.secretFile ?? '', `${source}.secretFile`, context);
  const endsAt = key.endsAt === undefined ? undefined : momentOf(key.endsAt);
  return endsAt === undefined ? { secret } : { secret, endsAt };
}

function readSecret(path: string, source: string, context: AppContext): string {
  try {
    const secret = context.readFile(path).trim();
    if (secret !== '') return secret;
    context.problems.push({
      source,
      problem: `the file ${path} is empty`,
      remedy: 'Put the secret key of the app into it',
    });
  } catch (error) {
    context.problems.push(unreadable(source, path, error));
  }
  return '';
}

/** The problem of a file that cannot be read; only the system's code is told, never content. */
export function unreadable(source: string, path: string, error: unknown): ConfigProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return {
    source,
    problem: `the file ${path} cannot be read (${code})`,
    remedy: 'Check the path and the permissions',
  };
}
