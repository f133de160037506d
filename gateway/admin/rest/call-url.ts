import { refuse, type Refusal } from './reply.ts';

/** What the URL of a call says, true or not. Texts are as they came; '' stands for what is missing. */
export interface CallUrl {
  readonly kind: 'url';
  readonly sdkAppId: string;
  readonly identifier: string;
  readonly userSig: string;
}

const parameters = ['sdkappid', 'identifier', 'usersig', 'random', 'contenttype'];

/** The path of a URL: what stands before its query. */
export function pathOf(url: string): string {
  return url.replace(/\?.*/s, '');
}

/**
 * Reads the query of a URL. `random`, which Tencent asks for, is not looked at; `contenttype` may be left out. Unknown
 * parameters are let pass.
 */
export function readCallUrl(url: string): CallUrl | Refusal {
  const query = new URLSearchParams(url.slice(pathOf(url).length));
  // Of two values a proxy may have judged the one and this gateway would take the other.
  if (parameters.some((name) => query.getAll(name).length > 1)) return refuse('badUrl');
  if ((query.get('contenttype') ?? 'json') !== 'json') return refuse('badUrl');
  return {
    kind: 'url',
    sdkAppId: query.get('sdkappid') ?? '',
    identifier: query.get('identifier') ?? '',
    userSig: query.get('usersig') ?? '',
  };
}
