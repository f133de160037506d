import type { Config } from '../config/config.ts';
import type { Logger } from '../observe/logger.ts';
import type { EventFeed } from '../registry/events.ts';
import { AddressRules } from '../webhook/address-rules.ts';
import type { WebhookCounters } from '../webhook/counters.ts';
import { Endpoint } from '../webhook/endpoint.ts';
import { WebhookSender } from '../webhook/webhook-sender.ts';

/** Who tells back ends of events; undefined where nobody is to be told, or not by this node. */
export function makeWebhooks(
  { apps, webhooks: shared }: Config,
  feed: EventFeed,
  counters: WebhookCounters,
  log: Logger,
): WebhookSender | undefined {
  const rules = new AddressRules(shared.allowedAddresses);
  const { concurrency } = shared;
  const endpoints = apps.flatMap(({ id, webhooks }) =>
    webhooks ? [new Endpoint(id, { ...webhooks, concurrency }, rules, { counters, log })] : [],
  );
  if (endpoints.length === 0 || shared.keepOnly) return undefined;
  return new WebhookSender({ feed, endpoints, counters });
}
