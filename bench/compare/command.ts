import { Option, type Command } from 'commander';
import { commandLine } from '../command-line.ts';
import { countedOption, wholeOption } from '../counted-option.ts';
import { readRedisVersion } from '../redis-version.ts';
import { addOutputOptions, Outputs, type OutputFlags } from '../report/outputs.ts';
import { Progress } from '../report/progress.ts';
import { reported } from '../reported.ts';
import { defaultGenerators } from '../scenarios/default-generators.ts';
import { compare } from './compare.ts';
import { systemNames, systems, type SystemName } from './systems.ts';
import { usualWarmUp } from '../run.ts';

interface Flags extends OutputFlags {
  readonly connections: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly warmUp: number;
  readonly generators: number;
  readonly systems?: readonly SystemName[];
}

const numbers = [
  'cpuUsPerLogin',
  'redisCpuUsPerLogin',
  'loginsPerSecond',
  'rssBytesPerConnection',
  'heapBytesPerConnection',
];

/** Adds `bench compare`. */
export function addCompareCommand(program: Command): void {
  addOutputOptions(program.command('compare'))
    .description(
      'Gatehouse on both back ends, the floor, socket.io with its Redis adapter and, where it is installed, ejabberd, in turn at the same work: users log in and stay.',
    )
    .addOption(countedOption('--connections <N>', 'Users that log in and stay.', 5000))
    .addOption(countedOption('--rounds <N>', 'Rounds; each starts all servers anew.', 3))
    .addOption(countedOption('--concurrency <N>', 'Most logins under way at a time.', 100))
    .addOption(wholeOption('--warm-up <N>', 'Logins before the measurement.', usualWarmUp))
    .addOption(countedOption('--generators <N>', 'Load generator processes.', defaultGenerators()))
    .addOption(
      new Option(
        '--systems <NAMES...>',
        'Only these; the first is held against the others.',
      ).choices(systemNames),
    )
    .action(run);
}

async function run(flags: Flags, command: Command): Promise<void> {
  const wanted = flags.systems ?? systemNames;
  const outputs = Outputs.of(
    flags,
    { systems: wanted, latencies: ['login', 'answer'], numbers },
    command,
  );
  const progress = new Progress(outputs.isQuiet);
  progress.show('makes the systems ready');
  const names = wanted.filter((name) => isReady(name, progress));
  if (names.length === 0) throw new Error('none of the systems can be started');
  const { connections, rounds, concurrency, warmUp, generators } = flags;
  const load = { connections, rounds, concurrency, warmUp, generators };
  const redisVersion = await readRedisVersion();
  await reported(outputs, (telling) =>
    compare({
      names,
      settings: { ...load, transport: 'uws', registry: 'redis', gatewayFlags: [] },
      command: commandLine(),
      redisVersion,
      ...telling,
    }),
  );
}

/** One that cannot be measured is left out with a word, even where nothing else is said: a number must not be missed in silence. */
function isReady(name: SystemName, progress: Progress): boolean {
  const problem = systems[name].problem();
  if (problem === undefined) return true;
  progress.clear();
  process.stderr.write(`bench: ${name} is left out: ${problem}\n`);
  return false;
}
