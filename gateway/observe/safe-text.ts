/**
 * Characters that change what a terminal or a viewer shows without being seen: controls that JSON leaves alone
 * (DEL and C1), invisible and bidirectional marks, line separators.
 */
// oxlint-disable-next-line no-control-regex -- these are the characters in question
const deceptive = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The controls that JSON writes as escapes, and that come to life again when a pretty printer reads them. */
// oxlint-disable-next-line no-control-regex -- these are the characters in question
const control = /[\u0000-\u001f]/g;

/** A UserSig: in Tencent's base64 a zlib header, of any level of compression, begins like this. */
const ticket = /e(?:A[E-H]|F[4-7]|J[w-z]|N[o-r])[A-Za-z0-9*_+/-]{40,}/g;

/** A key for the admin port; see access/admin-key.ts. */
const adminKey = /ghk_[A-Za-z0-9_-]{43,}/g;

/**
 * A URL as it stands in JSON, to its end (escapes of white space are one): where its password ends only the last `@`
 * tells. Not file URLs, which fill stack traces and may hold an `@` of their own.
 */
const url = /(\w{2,10}:\/\/)((?:\\[^nrt]|[^\s"\\])+)/g;

/** A password among the options of a URL. */
const passwordOption = /[?&]\w*password=/i;

/** What stands in a log line where a secret was. */
export const censored = '[hidden]';

function withoutPassword(all: string, scheme: string, rest: string): string {
  if (scheme.endsWith('file://')) return all;
  if (passwordOption.test(rest)) return scheme + censored;
  const at = rest.lastIndexOf('@');
  return at === -1 ? all : scheme + censored + rest.slice(at);
}

const escape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * One line of JSON that is safe to look at and to keep: no ticket, no key of the admin port, no user and password of a URL, none of `secrets`,
 * no deceptive character (they become JSON escapes, so the value stays the same for a reader of JSON).
 */
export function safeLine(line: string, secrets: readonly string[]): string {
  let safe = line
    .replace(ticket, censored)
    .replace(adminKey, censored)
    .replace(url, withoutPassword)
    .replace(deceptive, escape);
  for (const secret of secrets) safe = safe.replaceAll(secret, censored);
  return safe;
}

/**
 * The values of one log line with every control character made visible, for a printer that writes values as they
 * are. Line breaks stay in stack traces, which are made by this program.
 */
export function visibleControls(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    if (key === 'stack') return value.replace(control, (c) => (c === '\n' ? c : escape(c)));
    return value.replace(control, escape).replace(deceptive, escape);
  }
  if (Array.isArray(value)) return value.map((item) => visibleControls(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, visibleControls(part, name)]),
  );
}
