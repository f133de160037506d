import { labelled, type Scraped } from './scraped.ts';

/** What /v1 has done, as plain numbers since the start. */
export interface V1Reading {
  /** Calls with a key that may make them, by a fixed list of routes. */
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that were refused, by a fixed list of codes. */
  readonly refusals: Readonly<Record<string, number>>;
}

/** Calls of /v1. */
export function v1Metrics(v1: V1Reading): Scraped[] {
  return [
    labelled(
      'counter',
      ['admin_calls_total', 'route'],
      'Calls of /v1 with a key that may make them, by route.',
      () => v1.calls,
    ),
    labelled(
      'counter',
      ['admin_refusals_total', 'code'],
      'Calls of /v1 that were answered with an error, by code.',
      () => v1.refusals,
    ),
  ];
}
