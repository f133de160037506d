import { single, type Scraped } from './scraped.ts';

/** What became of pushes on this node, as plain numbers since the start. */
export interface PushReading {
  readonly sent: number;
  readonly dropped: number;
  readonly recovered: number;
  readonly unrecovered: number;
  readonly userMessages: number;
  readonly callbacks: number;
  readonly callbackFailures: number;
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
    count(
      'pushes_recovered_total',
      'Of these, those that clients had missed and got when they came back.',
      () => pushes.recovered,
    ),
    count(
      'push_recovery_failures_total',
      'Clients that came back and could not be given what they had missed.',
      () => pushes.unrecovered,
    ),
    count(
      'user_messages_total',
      'Messages of users to others that were sent on.',
      () => pushes.userMessages,
    ),
    count(
      'push_callbacks_total',
      'Calls to the back end about messages of users.',
      () => pushes.callbacks,
    ),
    count(
      'push_callback_failures_total',
      'Of these, those without a usable answer.',
      () => pushes.callbackFailures,
    ),
    count('broadcasts_total', 'Pushes to everybody of an app, begun.', () => pushes.broadcasts),
    count(
      'broadcast_drops_total',
      'Pushes to everybody dropped because too many waited.',
      () => pushes.droppedBroadcasts,
    ),
  ];
}
