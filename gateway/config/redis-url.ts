/** Stands where a secret was. */
export const hidden = '***';

/** How an address looks, in words. */
export const redisUrlShape =
  'redis://[user:password@]host[:port][/db], or the path of a socket; ' +
  'redis+sentinel://[user:password@]host:port,host:port,.../master[/db]; ' +
  'redis+cluster://[user:password@]host:port,host:port,...; rediss for TLS in each; ' +
  'user and password percent-encoded, / as %2F; in the file also a list of such hosts';

/** A place on the network. */
export interface RedisPlace {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

interface Common {
  readonly username: string;
  readonly password: string;
  readonly isTls: boolean;
}

/** Where Redis is, as configured. What is left out is empty or 0. */
export type RedisAddress =
  | (Common & RedisPlace & { kind: 'standalone'; database: number; family: 0 | 4 | 6 })
  | (Common & { kind: 'socket'; path: string; database: number })
  | (Common & {
      kind: 'sentinel';
      sentinels: readonly RedisPlace[];
      master: string;
      database: number;
    })
  | (Common & { kind: 'cluster'; nodes: readonly RedisPlace[] });

const defaultPort = 6379;
const defaultSentinelPort = 26_379;
const socketPath = /^\/(?!\/)\S+$/;
/** The path of the address: the number of a database, or nothing. */
const database = /^\/?(\d*)\/?$/;
const several = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^@/\s]*)@)?([^@/\s]+)(?:\/([^@\s]*))?$/;
const place = /^(?:\[([\da-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;
const options = new Set(['password', 'username', 'db', 'family']);

/** A list of hosts as one text: the first may have a scheme, user and path around it, the others only repeat the scheme. */
export function joinRedisUrl(given: unknown): unknown {
  if (!Array.isArray(given) || given.length === 0) return given;
  const [first, ...others] = given.map(String);
  const [scheme = ''] = /^[a-z+]+:\/\//.exec(first ?? '') ?? [];
  const hosts = others.map((text) =>
    scheme !== '' && text.startsWith(scheme) ? text.slice(scheme.length) : text,
  );
  return [first, ...hosts].join(',');
}

/** The address; undefined where it is none that can be used. */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  if (socketPath.test(text)) return parseSocket(text);
  return /^rediss?\+/.test(text) ? parseSeveral(text) : parseStandalone(text);
}

/** The address without its password; one that cannot be read is hidden whole. */
export function maskRedisUrl(text: string): string {
  if (socketPath.test(text)) {
    const { path, query } = splitSocket(text);
    return query === undefined ? text : `${path}?${maskQuery(query).toString()}`;
  }
  const [, , kind, user] = several.exec(text) ?? [];
  if (kind !== undefined) {
    if (parseSeveral(text) === undefined) return hidden;
    return user === undefined ? text : text.replace(`${user}@`, `${maskUser(user)}@`);
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
  const address = parseRedisUrl(text);
  if (address === undefined) return [];
  const found = [rawPassword(text), address.password];
  return [...new Set(found)].filter((password) => password !== '');
}

/** As the text has it, before percent-decoding; empty where it stands in the query, which decodes by itself. */
function rawPassword(text: string): string {
  const [, , , user] = several.exec(text) ?? [];
  if (user !== undefined) return user.slice(user.indexOf(':') + 1);
  return socketPath.test(text) ? '' : (parse(text)?.password ?? '');
}

function maskUser(user: string): string {
  const colon = user.indexOf(':');
  return colon < 0 ? hidden : `${user.slice(0, colon)}:${hidden}`;
}

function parseStandalone(text: string): RedisAddress | undefined {
  const url = parse(text);
  const query = url && readQuery(url.searchParams);
  if (url === undefined || query === undefined) return undefined;
  const [, path = ''] = database.exec(url.pathname) ?? [];
  return {
    kind: 'standalone',
    host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: url.port === '' ? defaultPort : Number(url.port),
    database: path === '' ? query.database : Number(path),
    family: query.family,
    username: url.username === '' ? query.username : decodeURIComponent(url.username),
    password: url.password === '' ? query.password : decodeURIComponent(url.password),
    isTls: url.protocol === 'rediss:',
  };
}

function parseSocket(text: string): RedisAddress | undefined {
  const { path, query = new URLSearchParams() } = splitSocket(text);
  const read = readQuery(query);
  if (read === undefined) return undefined;
  const { username, password } = read;
  return { kind: 'socket', path, database: read.database, username, password, isTls: false };
}

/** Sentinel and Cluster: URL takes no list of hosts, so they are read by hand. */
function parseSeveral(text: string): RedisAddress | undefined {
  const [, tls, kind, user = '', hosts = '', path = ''] = several.exec(text) ?? [];
  if (!isDecodable(user)) return undefined;
  const common = { ...parseUser(user), isTls: tls === 's' };
  if (kind === 'sentinel') return parseSentinels(hosts, path, common);
  const nodes = parsePlaces(hosts, defaultPort);
  // A Cluster has only the database 0.
  if (nodes === undefined || !/^0?$/.test(path)) return undefined;
  return { kind: 'cluster', nodes, ...common };
}

function parseSentinels(hosts: string, path: string, common: Common): RedisAddress | undefined {
  const sentinels = parsePlaces(hosts, defaultSentinelPort);
  const [, master, number] = /^([A-Za-z0-9._-]+)(?:\/(\d+))?$/.exec(path) ?? [];
  if (sentinels === undefined || master === undefined) return undefined;
  return { kind: 'sentinel', sentinels, master, database: Number(number ?? 0), ...common };
}

function parseUser(text: string): { readonly username: string; readonly password: string } {
  const colon = text.indexOf(':');
  const [name, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return { username: decodeURIComponent(name), password: decodeURIComponent(password) };
}

function parsePlaces(text: string, fallback: number): readonly RedisPlace[] | undefined {
  const places = text.split(',').map((host) => parsePlace(host, fallback));
  const known = places.filter((found) => found !== undefined);
  return known.length < places.length ? undefined : known;
}

function parsePlace(text: string, fallback: number): RedisPlace | undefined {
  const [, v6, name, digits] = place.exec(text) ?? [];
  const port = digits === undefined ? fallback : Number(digits);
  const host = v6 ?? name;
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** What may stand behind `?`; undefined where something else does. */
function readQuery(query: URLSearchParams):
  | {
      readonly username: string;
      readonly password: string;
      readonly database: number;
      readonly family: 0 | 4 | 6;
    }
  | undefined {
  for (const name of query.keys()) if (!options.has(name)) return undefined;
  const [db, family] = [query.get('db') ?? '0', query.get('family') ?? '0'];
  if (!/^\d+$/.test(db) || !/^[046]$/.test(family)) return undefined;
  return {
    username: query.get('username') ?? '',
    password: query.get('password') ?? '',
    database: Number(db),
    family: Number(family) as 0 | 4 | 6,
  };
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
