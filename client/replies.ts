import type { Frame } from '../protocol/frames.ts';

/** The reply each request gets when it is granted. */
export interface Replies {
  readonly login: Frame<'loggedIn'>;
  readonly logout: Frame<'loggedOut'>;
  readonly renew: Frame<'renewed'>;
  readonly setStatus: Frame<'statusSet'>;
  readonly watch: Frame<'watching'>;
  readonly unwatch: Frame<'unwatched'>;
  readonly query: Frame<'queried'>;
  readonly send: Frame<'sent'>;
  readonly ping: Frame<'pong'>;
}
