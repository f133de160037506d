import type { CloseCodeName } from '../../protocol/codes.ts';
import type { ClientFrame, ServerFrame } from '../../protocol/frames.ts';
import type { SharedFrame } from '../../protocol/shared-frame.ts';

/** What became of a frame handed to a socket: on its way, kept until the peer reads, lost, or never made. */
export type SendOutcome = 'sent' | 'buffered' | 'dropped' | 'failed';

/**
 * How a socket went: its client said goodbye, the gateway closed it for good, or the link was lost, where it had gone
 * silent or not. After the last two the client may come back by itself.
 */
export type LinkEnd = 'goodbye' | 'closed' | 'lost' | 'timedOut';

/** The port through which a session speaks to its connection; the transport implements it. */
export interface Outbound {
  /** The peer's address as text, for logs and limits. */
  readonly remoteAddress: string;
  /**
   * Encodes and sends one frame. `dropped` means that the peer is too far behind, `failed` a bug here: the caller must end
   * the connection.
   */
  send(frame: ServerFrame): SendOutcome;
  /** Sends frames that others get as well, in one go and in this order. `dropped` and `failed` as for `send`: some were not sent. */
  sendAll(frames: readonly SharedFrame[]): SendOutcome;
  /**
   * A login on this connection has succeeded: it no longer counts among the connections not yet logged in,
   * whose number is capped, and never will again, also not after a logout. Safe to call again.
   */
  loggedIn(): void;
  /**
   * Ends the connection with a close code, and by force if the peer does not read; `last` goes out before the
   * close frame. `Inbound.closed` has been called, exactly once, when this returns. Safe to call again.
   */
  close(code: CloseCodeName, last?: ServerFrame): void;
}

/** The port through which a connection speaks to its session. */
export interface Inbound {
  /** One frame has arrived and has been checked. Never throws. */
  receive(frame: ClientFrame): void;
  /** A request of an unknown type or with wrong fields has arrived: it is answered, the connection lives. */
  refuse(
    seq: number,
    code: 'notSupported' | 'invalidParameters' | 'invalidUserId',
    message: string,
  ): void;
  /** The socket is gone; called exactly once. */
  closed(end: LinkEnd): void;
}

/** Makes the session of a new connection; handed to the transport at start. */
export type OpenSession = (outbound: Outbound) => Inbound;
