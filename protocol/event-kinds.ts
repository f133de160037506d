/** What befalls sessions, in the words of configuration and webhooks; docs/webhooks.md says when each happens. */
export const eventKinds = [
  'login',
  'logout',
  'linkClosed',
  'timedOut',
  'kicked',
  'revoked',
  'expired',
  'banned',
  'customStatus',
] as const;

export type EventKind = (typeof eventKinds)[number];
