import { single, type Scraped } from './scraped.ts';

/** What became of pushes on this node, as plain numbers since the start. */
export interface PushReading {
  readonly sent: number;
  readonly dropped: number;
  readonly broadcasts: number;
  readonly droppedBroadcasts: number;
}

/** Pushes to sessions and to everybody. */
export function pushMetrics(pushes: PushReading): Scraped[] {
  const count = (name: string, help: string, read: () => number): Scraped =>
    single('counter', name, help, read);
  return [
    count('pushes_total', 'Pushes handed to sockets, one for each session.', () => pushes.sent),
    count(
      'push_drops_total',
      'Pushes for a session that was gone, had no link or read too slowly.',
      () => pushes.dropped,
    ),
    count('broadcasts_total', 'Pushes to everybody of an app, begun.', () => pushes.broadcasts),
    count(
      'broadcast_drops_total',
      'Pushes to everybody dropped because too many waited.',
      () => pushes.droppedBroadcasts,
    ),
  ];
}
