import { labelled, single, type Scraped } from './scraped.ts';

/** What the transport has done since the start, as plain numbers. */
export interface TransportReading {
  readonly opened: number;
  readonly closed: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Frames a client was too slow for. */
  readonly dropped: number;
  /** Messages that were no frame of the protocol. */
  readonly badFrames: number;
  /** Connections closed by the gateway, by close code. */
  readonly closes: Readonly<Record<string, number>>;
  /** Connections refused before they were one, by a fixed list of reasons. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Connections and frames. */
export function transportMetrics(read: () => TransportReading): Scraped[] {
  return [
    single('gauge', 'connections', 'Open connections.', () => read().opened - read().closed),
    single('counter', 'connections_opened_total', 'Connections opened.', () => read().opened),
    labelled(
      'counter',
      ['connections_refused_total', 'reason'],
      'Connections refused before they were open.',
      () => read().refused,
    ),
    labelled(
      'counter',
      ['closes_total', 'code'],
      'Connections closed by the gateway, by close code.',
      () => read().closes,
    ),
    single('counter', 'received_frames_total', 'Frames received.', () => read().framesIn),
    single('counter', 'sent_frames_total', 'Frames sent.', () => read().framesOut),
    single('counter', 'received_bytes_total', 'Bytes of frames received.', () => read().bytesIn),
    single('counter', 'sent_bytes_total', 'Bytes of frames sent.', () => read().bytesOut),
    single(
      'counter',
      'bad_frames_total',
      'Messages received that were no frame of the protocol.',
      () => read().badFrames,
    ),
    single(
      'counter',
      'dropped_frames_total',
      'Frames a client read too slowly for.',
      () => read().dropped,
    ),
  ];
}
