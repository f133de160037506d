/** Stands where a secret was. */
export const hidden = '***';

/** How an address looks, in words. */
export const redisUrlShape =
  'redis://[user:password@]host[:port][/db], rediss://..., or the path of a socket; ' +
  'user and password percent-encoded, / as %2F';

const socketPath = /^\/(?!\/)\S+$/;

/** The path of the address: the number of a database, or nothing. */
const database = /^\/?\d*\/?$/;

/** Whether the Redis client can use this address: a URL, or the path of a socket. */
export function isRedisUrl(text: string): boolean {
  return socketPath.test(text) || parse(text) !== undefined;
}

/** The address without its password; one that cannot be read is hidden whole. */
export function maskRedisUrl(text: string): string {
  if (socketPath.test(text)) {
    const { path, query } = splitSocket(text);
    return query === undefined ? text : `${path}?${maskQuery(query).toString()}`;
  }
  const url = parse(text);
  if (url === undefined) return hidden;
  if (url.password !== '') url.password = hidden;
  // A name without a password is, more often than not, the password in the wrong place.
  else if (url.username !== '') url.username = hidden;
  maskQuery(url.searchParams);
  return url.href;
}

/** Every password in the address, as it stands there and as Redis gets it; none of one that cannot be read. */
export function redisPasswords(text: string): readonly string[] {
  if (socketPath.test(text)) return splitSocket(text).query?.getAll('password') ?? [];
  const url = parse(text);
  if (url === undefined) return [];
  const { password, searchParams } = url;
  const all = [password, decodeURIComponent(password), ...searchParams.getAll('password')];
  return [...new Set(all)].filter((found) => found !== '');
}

/**
 * A bare `/`, `#` or `?` in a password ends the host early: `redis://user:12/34@host` reads as host `user`,
 * port 12. So nothing but a database and options may follow, and no `@` may stand in them.
 */
function parse(text: string): URL | undefined {
  if (!/^rediss?:\/\/\S+$/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWhole = database.test(url.pathname) && url.hash === '' && !url.search.includes('@');
  return isWhole && isDecodable(url.username) && isDecodable(url.password) ? url : undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function splitSocket(text: string): { path: string; query?: URLSearchParams } {
  const at = text.indexOf('?');
  if (at === -1) return { path: text };
  return { path: text.slice(0, at), query: new URLSearchParams(text.slice(at + 1)) };
}

function maskQuery(query: URLSearchParams): URLSearchParams {
  for (const name of new Set(query.keys())) if (/password$/i.test(name)) query.set(name, hidden);
  return query;
}
