import { encodeHistogram, histogramOf } from '../measure/histogram.ts';
import { latenciesOf } from '../measure/latencies.ts';
import { readCpuUs, readMachineCpuUs } from '../measure/process-cpu.ts';
import { Deliveries } from './deliveries.ts';
import { runDrive } from './drive.ts';
import { GatewayScene } from './gateway-scene.ts';
import type { BehindDelivery, Drive, DriveResult, PresenceSettings } from './result.ts';
import type { Scene } from './scene.ts';

/** Rarer commands are left out. */
const leastPerChange = 0.1;

/** CPU times in microseconds, and Redis's count of its commands. */
interface Reading {
  readonly atMs: number;
  readonly tellerUs: number;
  readonly generatorUs: number;
  readonly machineUs: number;
  readonly nodeAUs: number;
  readonly redisUs: number;
  readonly commands: ReadonlyMap<string, number>;
}

/** Runs one drive on one scene. `firstChange` is the number of its first change; none may come twice. */
export async function measureDrive(
  scene: Scene,
  drive: Drive,
  settings: PresenceSettings,
  firstChange: number,
): Promise<DriveResult> {
  const deliveries = new Deliveries(settings.watchedBy);
  scene.countIn(deliveries);
  let next = firstChange;
  const before = await readAll(scene);
  await runDrive(drive, settings, deliveries, () => {
    deliveries.sent(next);
    scene.change(next);
    next += 1;
  });
  const after = await readAll(scene);
  return {
    ...resultOf(settings, deliveries, before, after),
    behind: behindOf(scene, settings, before, after),
  };
}

async function readAll(scene: Scene): Promise<Reading> {
  const isGateway = scene instanceof GatewayScene;
  const commands = isGateway ? await scene.commands() : new Map<string, number>();
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    tellerUs: scene.teller.cpuUs,
    generatorUs: user + system,
    machineUs: readMachineCpuUs(),
    nodeAUs: isGateway ? scene.nodeA.cpuUs : 0,
    redisUs: isGateway ? readCpuUs(scene.redis.pid) : 0,
    commands,
  };
}

function resultOf(
  settings: PresenceSettings,
  deliveries: Deliveries,
  before: Reading,
  after: Reading,
): Omit<DriveResult, 'behind'> {
  const { changes, watchedBy } = settings;
  const wallMs = deliveries.lastAtMs - deliveries.firstAtMs;
  const wallUs = wallMs * 1000;
  const used = (read: (it: Reading) => number): number => read(after) - read(before);
  const known = ['tellerUs', 'generatorUs', 'nodeAUs', 'redisUs'] as const;
  const knownUs = known.reduce((sum, name) => sum + used((it) => it[name]), 0);
  return {
    changes,
    deliveries: deliveries.count,
    missing: changes * watchedBy - deliveries.count,
    cpuUsPerDelivery: used((it) => it.tellerUs) / deliveries.count,
    deliveriesPerSecond: (deliveries.count / wallMs) * 1000,
    latencyMs: latenciesOf(deliveries.latenciesUs),
    latencyHistogram: encodeHistogram(histogramOf(deliveries.latenciesUs)),
    load: {
      server: used((it) => it.tellerUs) / wallUs,
      generator: used((it) => it.generatorUs) / wallUs,
      others: Math.max(0, used((it) => it.machineUs) - knownUs) / wallUs,
    },
  };
}

function behindOf(
  scene: Scene,
  { changes }: PresenceSettings,
  before: Reading,
  after: Reading,
): BehindDelivery | null {
  if (!(scene instanceof GatewayScene)) return null;
  const seconds = (after.atMs - before.atMs) / 1000;
  const perChange = [...after.commands].map(([name, calls]) => {
    const upkeep = (scene.upkeepPerSecond.get(name) ?? 0) * seconds;
    return [name, (calls - (before.commands.get(name) ?? 0) - upkeep) / changes] as const;
  });
  return {
    nodeACpuUsPerChange: (after.nodeAUs - before.nodeAUs) / changes,
    redisCpuUsPerChange: (after.redisUs - before.redisUs) / changes,
    redisCommandsPerChange: Object.fromEntries(
      perChange.filter(([, calls]) => calls >= leastPerChange).sort(([, a], [, b]) => b - a),
    ),
  };
}
