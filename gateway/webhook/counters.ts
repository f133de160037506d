/** What this node has told back ends, as plain numbers since its start. The names of metrics are made from them. */
export class WebhookCounters {
  /** Events that a back end has taken. */
  delivered = 0;
  /** Calls without a good answer. */
  failures = 0;
  /** Events given up after the last try. */
  deadLetters = 0;
  /** Times events had been dropped before anybody had read them. */
  gaps = 0;
  /** Events read and not told yet: a gauge. */
  waiting = 0;
}
