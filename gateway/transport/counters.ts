import { closeCodes, type CloseCodeName } from '../../protocol/codes.ts';

/** Why a request on the public port was answered with plain HTTP instead of a WebSocket. */
const refusalReasons = [
  'path',
  'method',
  'notUpgrade',
  'version',
  'key',
  'origin',
  'subprotocol',
  'draining',
  'tooManyPending',
  'tooManyPendingFromAddress',
] as const;

/** One reason, as the label of the metric. */
export type RefusalReason = (typeof refusalReasons)[number];

/**
 * What passed through a transport since its start: plain numbers, so that counting costs next to nothing; the
 * metrics read them when they are scraped. Bytes are those of messages, without WebSocket headers.
 */
export class TransportCounters {
  opened = 0;
  closed = 0;
  framesIn = 0;
  framesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Frames that a peer too far behind never got. */
  dropped = 0;
  /** Messages that were no frame of the protocol, or of the wrong kind (text or binary). */
  badFrames = 0;
  /** Connections this side closed, by close code. */
  readonly closes = Object.fromEntries(Object.keys(closeCodes).map((name) => [name, 0])) as Record<
    CloseCodeName,
    number
  >;
  readonly refused = Object.fromEntries(refusalReasons.map((reason) => [reason, 0])) as Record<
    RefusalReason,
    number
  >;
}
