import { labelled, type Scraped } from './scraped.ts';

/** What the REST API has done, as plain numbers since the start. */
export interface RestReading {
  /** Calls that were let in, by a fixed list of commands. */
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that were refused, by a fixed list of codes. */
  readonly refusals: Readonly<Record<string, number>>;
}

/** Calls of REST. */
export function restMetrics(rest: RestReading): Scraped[] {
  return [
    labelled(
      'counter',
      ['rest_calls_total', 'command'],
      'REST calls of admins within their rates, by command.',
      () => rest.calls,
    ),
    labelled(
      'counter',
      ['rest_refusals_total', 'code'],
      'REST calls that were answered with an error code, by code.',
      () => rest.refusals,
    ),
  ];
}
