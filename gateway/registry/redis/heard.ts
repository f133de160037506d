import type { RegistryListener } from '../port.ts';
import type { Interest } from './interest.ts';
import type { ChannelListener } from './node-channel.ts';
import type { RedisEventFeed } from './redis-event-feed.ts';
import type { RedisNodes } from './redis-nodes.ts';

/** Who else wants to know what comes down. */
export interface Hearers {
  readonly interest: Interest;
  readonly nodes: RedisNodes;
  readonly events: RedisEventFeed;
  readonly policiesChanged: () => void;
}

/** Who is told what comes down the channel of a node. */
export function heardBy(
  listener: RegistryListener,
  { interest, nodes, events, policiesChanged }: Hearers,
): ChannelListener {
  return {
    kicked: (kick) => listener.kicked(kick),
    replaced: (sessionId) => listener.replaced(sessionId),
    statusChanged: (status) => interest.heard(status),
    ownStatusChanged: (sessionId, status) => listener.ownStatusChanged(sessionId, status),
    pushed: (sessionIds, push) => listener.pushed(sessionIds, push),
    pushedToEverybody: (sdkAppId, push) => listener.pushedToEverybody(sdkAppId, push),
    asked: (text) => nodes.asked(text),
    answered: (text) => nodes.answered(text),
    news: (partitions) => events.heardNews(partitions),
    policiesChanged,
  };
}
