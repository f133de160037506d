import { z } from 'zod';
import type { NodeLoad, NodeStanding } from '../../registry/node-port.ts';
import { done, refuse } from './reply.ts';
import { route, type Route } from './route.ts';
import { unixS } from './shapes.ts';

const loadShape = z.strictObject({
  version: z.string().describe('Of the gateway.'),
  transport: z.string().describe('The socket back end: uws or ws.'),
  startedAt: unixS('When it started.'),
  sessions: z.int().min(0).describe('Logins it holds, those without a link included.'),
  connections: z.int().min(0).describe('Open connections.'),
  loopDelayMs: z
    .number()
    .min(0)
    .describe('How late its event loop turned lately: 99 turns of 100 were no later.'),
});

const nodeShape = z.strictObject({
  nodeId: z.string().describe('Its name and the incarnation of this start.'),
  state: z
    .enum(['serving', 'draining', 'gone'])
    .describe('gone: its lease has run out and the others end its sessions.'),
  leaseLeftMs: z
    .int()
    .min(0)
    .nullable()
    .describe(
      'After it the others take the node for gone. null: the embedded registry has no leases.',
    ),
  load: loadShape.nullable().describe('null: it is of a version that tells none.'),
});

const sampleNode = {
  nodeId: 'a-k3v9q0x2ab',
  state: 'serving',
  leaseLeftMs: 5120,
  load: {
    version: '0.1.0',
    transport: 'uws',
    startedAt: 1_795_400_000,
    sessions: 14_210,
    connections: 14_301,
    loopDelayMs: 1.3,
  },
} as const;

/** See the nodes and take them out of service. */
export const nodeRoutes: readonly Route[] = [
  route({
    name: 'listNodes',
    group: 'nodes',
    method: 'GET',
    path: '/v1/nodes',
    scope: 'nodes:read',
    summary: 'The nodes of the deployment and their load.',
    doc: 'Figures are those that a node told with its last beat, at most a quarter of `redis.leaseS` ago.',
    response: z.strictObject({ nodes: z.array(nodeShape) }),
    example: { nodes: [sampleNode] },
    codes: ['registryAway'],
    run: async ({ registry }) => done({ nodes: (await registry.nodes.all()).map(bodyOf) }),
  }),
  route({
    name: 'drainNode',
    group: 'nodes',
    method: 'POST',
    path: '/v1/nodes/{nodeId}/drain',
    scope: 'nodes:write',
    summary: 'Takes a node out of service, as SIGTERM does.',
    doc: 'It is not ready from then on, tells every client when to come back, closes, and ends with exit code 0. Whether it is started again is for whatever runs it to say.',
    response: z.strictObject({ nodeId: z.string(), state: z.literal('draining') }),
    example: { nodeId: 'a-k3v9q0x2ab', state: 'draining' },
    codes: ['noSuchNode', 'nodeSilent', 'registryAway'],
    run: async ({ parameters: { nodeId }, registry }) => {
      const nodes = await registry.nodes.all();
      if (nodes.every((node) => node.nodeId !== nodeId)) return refuse('noSuchNode');
      const answer = await registry.nodes.ask(nodeId, { kind: 'drain' });
      return answer === undefined ? refuse('nodeSilent') : done({ nodeId, state: 'draining' });
    },
  }),
];

function bodyOf({ nodeId, leaseLeftMs, load }: NodeStanding): z.input<typeof nodeShape> {
  const present = load?.isDraining === true ? 'draining' : 'serving';
  return {
    nodeId,
    state: leaseLeftMs === 0 ? 'gone' : present,
    leaseLeftMs: leaseLeftMs === Infinity ? null : Math.round(leaseLeftMs),
    load: load === undefined ? null : loadBody(load),
  };
}

/** Only what this version knows: a newer node may tell more. */
function loadBody(load: NodeLoad): z.input<typeof loadShape> {
  const { version, transport, startedAt, sessions, connections, loopDelayMs } = load;
  return { version, transport, startedAt, sessions, connections, loopDelayMs };
}
