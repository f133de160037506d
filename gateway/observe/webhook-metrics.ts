import { single, type Scraped } from './scraped.ts';

/** What this node has told back ends, as plain numbers since the start; `waiting` as it is now. */
export interface WebhookReading {
  readonly delivered: number;
  readonly failures: number;
  readonly deadLetters: number;
  readonly gaps: number;
  readonly waiting: number;
}

/** Webhooks. */
export function webhookMetrics(reading: WebhookReading): Scraped[] {
  const count = (name: string, help: string, read: () => number): Scraped =>
    single('counter', `webhook_${name}_total`, help, read);
  return [
    count('deliveries', 'Events that a back end has taken.', () => reading.delivered),
    count('failures', 'Calls to a back end without a good answer.', () => reading.failures),
    count('dead_letters', 'Events given up after the last try.', () => reading.deadLetters),
    count(
      'gaps',
      'Times events had been dropped before anybody had read them: the back ends were away for too long.',
      () => reading.gaps,
    ),
    single(
      'gauge',
      'webhook_waiting_events',
      'Events this node has read and not told yet.',
      () => reading.waiting,
    ),
  ];
}
