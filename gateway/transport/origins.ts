/** The origins that may connect: a set of serialized origins, or all of them. */
export type AllowedOrigins = ReadonlySet<string> | 'any';

/**
 * Brings a list of origins as operators write them (`https://Example.com/`, `http://localhost:8080`) into the one
 * form browsers send (RFC 6454 section 6.2). `*` allows all. Throws a TypeError that names an entry that is no origin.
 */
export function allowedOrigins(list: readonly string[]): AllowedOrigins {
  return list.includes('*') ? 'any' : new Set(list.map(serializedOrigin));
}

/**
 * Whether a request with this Origin header may become a connection. Scheme, host and port must all be equal;
 * there is no suffix or pattern. No header means that no browser sent it, so no web page can be behind it.
 */
export function isAllowedOrigin(origin: string, allowed: AllowedOrigins): boolean {
  return origin === '' || allowed === 'any' || allowed.has(origin);
}

function serializedOrigin(entry: string): string {
  const url = URL.canParse(entry) ? new URL(entry) : undefined;
  const isBare =
    url !== undefined &&
    url.host !== '' &&
    url.username === '' &&
    (url.pathname === '/' || url.pathname === '') &&
    url.search === '' &&
    url.hash === '';
  if (!isBare)
    throw new TypeError(`"${entry}" is no origin: write scheme://host or scheme://host:port`);
  // The origin of a scheme the URL standard does not know (app://, capacitor://) reads "null" there.
  return url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin;
}
