/** What a key for /v1 may do, each with one sentence for the documents. */
export const adminScopes = {
  'sessions:read': 'See the sessions and the state of users.',
  'sessions:write': 'End sessions, revoke tickets.',
  'bans:read': 'See bans and revocations of users.',
  'bans:write': 'Ban users and lift bans.',
  'pushes:write': 'Push to users, and to everybody of an app.',
  'apps:read': 'See the login policies of apps.',
  'apps:write': 'Change the login policies of apps, and see whom a change would end.',
  'nodes:read': 'See the nodes and their load.',
  'nodes:write': 'Drain nodes.',
  'webhooks:write': 'Tell back ends again.',
} as const;

/** One of them. */
export type AdminScope = keyof typeof adminScopes;

/** All of them, in the order of the table. */
export const allScopes = Object.keys(adminScopes) as readonly AdminScope[];
