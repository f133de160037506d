import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { exitCodes, type CliIo, type Finish } from '../io.ts';
import { callAdmin, type AdminAddress } from './admin-client.ts';
import { addAdminOptions, addressFor, report, type AdminOptions } from './admin-options.ts';
import { textTable, timeText } from './text-table.ts';
import { nameOf, spanS } from './user-options.ts';

interface NodeBody {
  readonly nodeId: string;
  readonly state: string;
  readonly leaseLeftMs: number | null;
  readonly load: {
    readonly version: string;
    readonly transport: string;
    readonly startedAt: number;
    readonly sessions: number;
    readonly connections: number;
    readonly loopDelayMs: number;
  } | null;
}

interface NodesBody {
  readonly nodes: readonly NodeBody[];
}

interface DrainOptions extends AdminOptions {
  readonly wait?: number;
}

const pollMs = 500;

/** `gatehouse nodes | drain`. */
export function addNodeCommands(program: Command, io: CliIo, finish: Finish): void {
  const nodes = addAdminOptions(
    program.command('nodes').description('List the nodes of the deployment and their load.'),
  );
  nodes.action(async (options: AdminOptions) => {
    const answered = await callAdmin(addressFor(nodes, options, io), 'GET', '/v1/nodes');
    finish(report(answered, options, io, nodeTable));
  });

  const drain = addAdminOptions(
    program
      .command('drain')
      .description('Take a node out of service: it sends its clients away and ends.')
      .argument('<node>', 'nodeId, as `gatehouse nodes` lists it', nameOf)
      .option('--wait <TIME>', 'Wait until it has ended, at most so long: 90s, 5m.', spanS),
  );
  drain.action(async (nodeId: string, options: DrainOptions) => {
    const address = addressFor(drain, options, io);
    const answered = await callAdmin(address, 'POST', `/v1/nodes/${nodeId}/drain`);
    const code = report(answered, options, io, () => `${nodeId} drains\n`);
    if (code !== exitCodes.ok || options.wait === undefined) return finish(code);
    if (await hasEnded(address, nodeId, options.wait * 1000)) return finish(exitCodes.ok);
    io.err(`gatehouse: ${nodeId} has not ended in ${options.wait} s. It goes on draining\n`);
    finish(exitCodes.failure);
  });
}

/** Whether the node is listed no more within the time, or the gateway that was asked has ended itself. */
async function hasEnded(address: AdminAddress, nodeId: string, limitMs: number): Promise<boolean> {
  const endsAt = performance.now() + limitMs;
  while (performance.now() < endsAt) {
    const answered = await callAdmin(address, 'GET', '/v1/nodes');
    if (answered.kind === 'unreachable') return true;
    const nodes = answered.kind === 'done' ? (answered.body as NodesBody).nodes : undefined;
    if (nodes?.every((node) => node.nodeId !== nodeId) === true) return true;
    await delay(pollMs);
  }
  return false;
}

function nodeTable({ nodes }: NodesBody): string {
  const titles = [
    'NODE',
    'STATE',
    'SESSIONS',
    'CONNECTIONS',
    'LOOP DELAY',
    'LEASE LEFT',
    'TRANSPORT',
    'VERSION',
    'SINCE',
  ];
  return textTable(titles, nodes.map(nodeRow));
}

function nodeRow({ nodeId, state, leaseLeftMs, load }: NodeBody): readonly string[] {
  const lease = leaseLeftMs === null ? 'no lease' : `${(leaseLeftMs / 1000).toFixed(1)} s`;
  if (load === null) return [nodeId, state, '?', '?', '?', lease, '?', '?', '?'];
  return [
    nodeId,
    state,
    String(load.sessions),
    String(load.connections),
    `${load.loopDelayMs} ms`,
    lease,
    load.transport,
    load.version,
    timeText(load.startedAt),
  ];
}
