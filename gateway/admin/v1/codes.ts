/** Why a call of /v1 is refused: the HTTP status, what is wrong, and what to do. */
export interface V1Code {
  readonly status: number;
  readonly message: string;
  readonly remedy: string;
}

/** Everything a call of /v1 may be refused with. The name is what programs go by. */
export const v1Codes = {
  keyMissing: {
    status: 401,
    message: 'the call bears no key',
    remedy:
      'Send `Authorization: Bearer KEY`. `gatehouse key new` makes a key and tells where it belongs',
  },
  keyUnknown: {
    status: 401,
    message: 'this gateway knows no such key',
    remedy: 'Compare it with admin.key and admin.keys of this node; a hash is no key',
  },
  tooManyFailures: {
    status: 429,
    message: 'too many calls without a good key came from this address',
    remedy: 'Send a good key, which is served at once, or wait a minute',
  },
  scopeMissing: {
    status: 403,
    message: 'the key may not do this',
    remedy: 'Use a key that has the scope, or add it to this one (admin.keys)',
  },
  appForbidden: {
    status: 403,
    message: 'the key is not for this app',
    remedy: 'Use a key of this app, or add the app to this one (admin.keys[].apps)',
  },
  badParameter: {
    status: 400,
    message: 'a part of the path has the wrong shape',
    remedy: 'The message says which; docs/admin-api.md has the shapes',
  },
  badQuery: {
    status: 400,
    message: 'a query follows the path',
    remedy: 'Leave out the ? and what follows it: nothing is asked for there',
  },
  bodyNotJson: {
    status: 400,
    message: 'the body is no JSON in UTF-8',
    remedy: 'Send a JSON object',
  },
  badBody: {
    status: 400,
    message: 'a field of the body is missing, unknown or has the wrong shape',
    remedy: 'The message says which; docs/admin-api.md has the shapes',
  },
  bodyTooLong: {
    status: 413,
    message: 'the body is too long',
    remedy: 'Send no more than the route asks for',
  },
  noSuchRoute: {
    status: 404,
    message: 'there is no such path',
    remedy: 'See docs/admin-api.md, or GET /v1/openapi.json',
  },
  methodNotAllowed: {
    status: 405,
    message: 'this path does not take the method',
    remedy: 'The header Allow names those it takes',
  },
  noSuchApp: {
    status: 404,
    message: 'this gateway serves no such app',
    remedy: 'Give the SDKAppID of one of `apps`',
  },
  noSuchSession: {
    status: 404,
    message: 'the user has no such session, or no longer',
    remedy: 'List the sessions of the user again',
  },
  policyChanged: {
    status: 409,
    message: 'another call has changed the policy at the same time',
    remedy: 'See what it is now, and decide again: nothing was done',
  },
  noSuchNode: {
    status: 404,
    message: 'there is no such node, or no longer',
    remedy: 'List the nodes again: each start of a node has another nodeId',
  },
  nodeSilent: {
    status: 504,
    message: 'the node did not answer',
    remedy:
      'List the nodes: it may have done what was asked. One that stands still is gone when its lease ends',
  },
  pushTooSoon: {
    status: 429,
    message: 'pushes to everybody of an app are a second apart at least',
    remedy: 'Wait a second',
  },
  pushQuota: {
    status: 429,
    message: 'an app may push to everybody 100 times a day',
    remedy: 'Wait for midnight (UTC), or push to users',
  },
  webhooksOff: {
    status: 409,
    message: 'this gateway keeps no events of the app',
    remedy: 'Give the app a URL (webhooks.url, apps[].webhooks)',
  },
  tooManyCalls: {
    status: 429,
    message: 'too many calls with this key in a second',
    remedy: 'Slow down; rest.callsPerS is the bound',
  },
  registryAway: {
    status: 503,
    message: 'the session registry did not answer',
    remedy: 'Try again; what was asked may have been done',
  },
  internalError: {
    status: 500,
    message: 'the gateway failed at this call',
    remedy: 'Its log says why',
  },
} as const satisfies Record<string, V1Code>;

/** The name of one of them. */
export type V1CodeName = keyof typeof v1Codes;

/** Those that any call may be refused with, whatever its route. */
export const commonCodes = [
  'badQuery',
  'keyMissing',
  'keyUnknown',
  'tooManyFailures',
  'tooManyCalls',
  'internalError',
] as const satisfies readonly V1CodeName[];
