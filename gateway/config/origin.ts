const form = /^[a-z][a-z0-9+.-]*:\/\/[^/\s,*]+$/;

/** Whether this is `*` or an origin as browsers send it: scheme, host and perhaps a port (RFC 6454 section 6.2). */
export function isOrigin(text: string): boolean {
  if (text === '*') return true;
  if (!form.test(text) || !URL.canParse(text)) return false;
  const { host, username, password, pathname, search, hash } = new URL(text);
  const isBare = username + password + search + hash === '' && /^\/?$/.test(pathname);
  return host !== '' && isBare;
}
