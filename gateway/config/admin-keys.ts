import { hashOfAdminKey, isAdminKey, isAdminKeyHash } from '../access/admin-key.ts';
import { allScopes } from '../access/scopes.ts';
import { unreadable, type AppContext } from './apps.ts';
import type { AdminKeySetting } from './config.ts';
import type { ConfigProblem } from './problem.ts';
import type { Settings } from './schema.ts';

/** How the log calls the key that `admin.key` gives; no key of the list can have this name. */
const nameOfOwnKey = 'admin.key';

const makeOne = 'Make one with `gatehouse key new`';

/** The keys for /v1 with their files read, and only the hashes of them. */
export function readAdminKeys(settings: Settings, context: AppContext): readonly AdminKeySetting[] {
  const { key, keys } = settings.admin;
  const own =
    key === undefined ? [] : [{ name: nameOfOwnKey, hash: hashIn(key), scopes: allScopes }];
  const listed = keys.map((each, index): AdminKeySetting => {
    const source = `${context.source}[${index}]`;
    const { name, scopes, apps } = each;
    const hash = each.hash ?? readHash(each.keyFile ?? '', `${source}.keyFile`, context);
    const stranger = apps?.find((id) => settings.apps.every((app) => app.id !== id));
    if (stranger !== undefined)
      context.problems.push({
        source: `${source}.apps`,
        problem: `app ${stranger} is not one of \`apps\``,
        remedy: 'Leave it out, or serve it',
      });
    return apps === undefined ? { name, hash, scopes } : { name, hash, scopes, apps };
  });
  const all = [...own, ...listed];
  context.problems.push(...twins(all, context.source));
  return all;
}

function twins(keys: readonly AdminKeySetting[], source: string): readonly ConfigProblem[] {
  const known = keys.map(({ hash }) => hash).filter((hash) => hash !== '');
  const remedy = 'Leave one of them out, or make another key';
  const found: ConfigProblem[] = [];
  if (new Set(keys.map(({ name }) => name)).size < keys.length)
    found.push({ source, problem: 'two keys have the same name', remedy });
  if (new Set(known).size < known.length)
    found.push({ source, problem: 'the same key stands in it twice', remedy });
  return found;
}

function hashIn(text: string): string {
  return isAdminKey(text) ? hashOfAdminKey(text) : text;
}

function readHash(path: string, source: string, context: AppContext): string {
  try {
    const text = context.readFile(path).trim();
    if (isAdminKey(text) || isAdminKeyHash(text)) return hashIn(text);
    context.problems.push({
      source,
      problem: `the file ${path} holds neither a key nor its hash`,
      remedy: makeOne,
    });
  } catch (error) {
    context.problems.push(unreadable(source, path, error));
  }
  return '';
}
