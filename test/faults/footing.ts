import type { StageNode } from './stage-node.ts';
import type { Stage } from './stage.ts';

/** What a node holds besides the sockets of its clients: it must not grow with the faults it lived through. */
export interface Footing {
  /** Connections that Redis has from it. */
  readonly connections: number;
  /** Subscriptions to its channel. */
  readonly subscriptions: number;
  /** Timers of its process. */
  readonly timers: number;
}

/** Asks Redis and the node's metrics. Rejects while one of them does not answer. */
export async function footingOf(stage: Stage, node: StageNode): Promise<Footing> {
  const nodeId = String(node.process.ready['nodeId']);
  const clients = await stage.redis.cli('CLIENT', 'LIST');
  const channel = await stage.redis.cli('PUBSUB', 'CHANNELS', `*:node:${nodeId}`);
  const count = channel === '' ? '0' : (await stage.redis.cli('PUBSUB', 'NUMSUB', channel)) || '0';
  const metrics = await fetch(`${node.process.adminUrl}/metrics`);
  const timers = /^nodejs_active_resources\{type="Timeout"\} (\d+)/m.exec(await metrics.text());
  return {
    connections: clients.split(`:${nodeId} `).length - 1,
    subscriptions: Number(count.split('\n').at(-1)),
    timers: Number(timers?.[1] ?? 0),
  };
}

/** A back-off and a probe come and go. */
const timerTolerance = 6;

/** Waits until a node stands as it stood: a leak is what never comes back. */
export async function untilAsBefore(stage: Stage, node: StageNode, before: Footing): Promise<void> {
  await stage.until(
    async () => {
      const { connections, subscriptions, timers } = await footingOf(stage, node);
      if (connections !== before.connections || subscriptions !== before.subscriptions)
        return false;
      return timers <= before.timers + timerTolerance;
    },
    `node ${node.name} to have no more than ${JSON.stringify(before)}`,
  );
}
