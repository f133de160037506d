import { randomBytes } from 'node:crypto';
import { FloorScene, frameOf } from './floor-scene.ts';
import { GatewayScene } from './gateway-scene.ts';
import { measureDrive } from './measure.ts';
import type {
  Drive,
  DriveResult,
  PresenceResult,
  PresenceRound,
  PresenceSettings,
  PresenceSubject,
} from './result.ts';
import type { Scene } from './scene.ts';

/** What the presence bench is asked for. */
export interface PresenceOrder {
  readonly settings: PresenceSettings;
  readonly withFloor: boolean;
  readonly show: (stage: string) => void;
  /** Hears the result of the rounds so far, after each. */
  readonly soFar: (result: PresenceResult) => void;
  /** Folder for CPU profiles of node B. */
  readonly profileFolder?: string | undefined;
}

const drives: readonly Drive[] = ['paced', 'fullSpeed'];
const subjects: readonly PresenceSubject[] = ['gateway', 'publish'];
const app = { sdkAppId: 1_400_000_001, secret: randomBytes(32).toString('hex') };

type Scenes = Partial<Record<PresenceSubject, Scene>>;

/** Sets both sides up once and lets them take turns, drive by drive, so that a machine that slows down slows both. */
export async function runPresenceBench(order: PresenceOrder): Promise<PresenceResult> {
  const { settings, show } = order;
  const gateway = await GatewayScene.start(settings, app, show);
  const scenes: Scenes = { gateway };
  try {
    if (order.withFloor) scenes.publish = await FloorScene.start(settings, app);
    const tell = (rounds: readonly PresenceRound[]): PresenceResult =>
      resultOf(order, rounds, scenes, gateway);
    return tell(await runRounds(order, scenes, (rounds) => order.soFar(tell(rounds))));
  } finally {
    for (const scene of Object.values(scenes)) await scene.stop();
  }
}

async function runRounds(
  order: PresenceOrder,
  scenes: Scenes,
  soFar: (rounds: readonly PresenceRound[]) => void,
): Promise<PresenceRound[]> {
  const rounds: PresenceRound[] = [];
  // Round 0 warms up: compiled code and the sizes of heap and buffers are not the price of a delivery.
  for (let number = 0; number <= order.settings.rounds; number++) {
    const round: Record<Drive, Partial<Record<PresenceSubject, DriveResult>>> = {
      paced: {},
      fullSpeed: {},
    };
    for (const [i, drive] of drives.entries()) {
      const turn = { number, drive, firstChange: (2 * number + i) * order.settings.changes };
      for (const subject of subjects)
        Object.assign(round[drive], await runTurn(order, scenes, subject, turn));
    }
    if (number === 0) continue;
    rounds.push(round);
    soFar(rounds);
  }
  return rounds;
}

interface Turn {
  readonly number: number;
  readonly drive: Drive;
  readonly firstChange: number;
}

async function runTurn(
  { settings, show, profileFolder }: PresenceOrder,
  scenes: Scenes,
  subject: PresenceSubject,
  { number, drive, firstChange }: Turn,
): Promise<Partial<Record<PresenceSubject, DriveResult>>> {
  const scene = scenes[subject];
  if (scene === undefined) return {};
  show(number === 0 ? `warm-up: ${subject}` : `round ${number} of ${settings.rounds}: ${subject}`);
  const profile = number === 0 ? undefined : profileFolder;
  if (profile !== undefined) await scene.teller.startProfile();
  const result = await measureDrive(scene, drive, settings, firstChange);
  if (profile !== undefined)
    await scene.teller.writeProfile(`${profile}/${subject}-${drive}-${number}.cpuprofile`);
  return { [subject]: result };
}

function resultOf(
  order: PresenceOrder,
  rounds: readonly PresenceRound[],
  scenes: Scenes,
  { watches, upkeepPerSecond, restUsPerSecond }: GatewayScene,
): PresenceResult {
  const { settings, profileFolder } = order;
  const runs = rounds.flatMap((round) => drives.flatMap((drive) => Object.values(round[drive])));
  const failures = Object.values(scenes).reduce((sum, scene) => sum + scene.failures, 0);
  return {
    settings,
    frameBytes: frameOf(app, 0, 0).length,
    watches,
    upkeepPerSecond: Object.fromEntries(upkeepPerSecond),
    restUsPerSecond,
    rounds: [...rounds],
    failed: runs.reduce((sum, { missing }) => sum + missing, failures),
    warnings: [
      ...warningsOf(watches.count, runs),
      ...(profileFolder === undefined ? [] : ['it was profiled, which slows: do not compare']),
    ],
  };
}

/** Below it the pages that were free before hide what watches take, or others make it up. */
const enoughWatches = 500_000;

function warningsOf(watches: number, runs: readonly DriveResult[]): string[] {
  const warnings: string[] = [];
  if (watches < enoughWatches)
    warnings.push('bytes a watch are only good from 500,000 watches on (users x watched by)');
  if (runs.some(({ load }) => load.others > 0.25))
    warnings.push(
      'other programs used CPU meanwhile: numbers scatter, and latencies and deliveries a second are too bad',
    );
  if (runs.some(({ load }) => load.generator > 0.9))
    warnings.push(
      'the clients were the bottleneck at full speed: deliveries a second are theirs; CPU a delivery still holds',
    );
  return warnings;
}
