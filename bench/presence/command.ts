import { mkdirSync } from 'node:fs';
import type { Command } from 'commander';
import { commandLine } from '../command-line.ts';
import { countedOption } from '../counted-option.ts';
import { readRedisVersion } from '../redis-version.ts';
import { addOutputOptions, Outputs, type OutputFlags } from '../report/outputs.ts';
import { reported } from '../reported.ts';
import { requireNative } from '../require-native.ts';
import { groupsOf, mostGroups } from './groups.ts';
import { runPresenceBench } from './presence.ts';
import { presenceReport, presenceVocabulary } from './report.ts';
import type { PresenceSettings } from './result.ts';

interface Flags extends Omit<PresenceSettings, 'watchedBy'>, OutputFlags {
  readonly watchedBy?: number;
  readonly floor: boolean;
  readonly profile?: string;
}

/** Adds `bench presence`. */
export function addPresenceCommand(program: Command): void {
  addOutputOptions(program.command('presence'))
    .description(
      'Users change their custom status on node A, watchers on node B are told; in turn with it, bare uWS publish.',
    )
    .addOption(countedOption('--watchers <N>', 'Sessions that watch.', 200))
    .addOption(countedOption('--users <N>', 'Users that are watched.', 5000))
    .option(
      '--watched-by <N>',
      'How many of the watchers watch each user. (default: all)',
      (text: string) => Number(text),
    )
    .addOption(countedOption('--changes <N>', 'Changes of each drive and round.', 300))
    .addOption(countedOption('--rate <N>', 'Changes a second of the paced drive.', 100))
    .addOption(countedOption('--under-way <N>', 'Changes under way at full speed.', 32))
    .addOption(countedOption('--rounds <N>', 'Rounds, after one that warms up.', 5))
    .option('--no-floor', 'Measure the gateway alone.')
    .option('--profile <FOLDER>', 'Write CPU profiles of node B and the floor (.cpuprofile).')
    .action(run);
}

async function run(flags: Flags, command: Command): Promise<void> {
  const { profile, floor, watchedBy = flags.watchers } = flags;
  const { watchers, users, changes, rate, underWay, rounds } = flags;
  const settings = { watchers, users, watchedBy, changes, rate, underWay, rounds };
  const outputs = Outputs.of(flags, presenceVocabulary, command);
  const problem = problemOf(settings);
  if (problem !== undefined) command.error(`error: ${problem}`);
  if (floor) requireNative(command);
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const order = { command: commandLine(), redisVersion: await readRedisVersion() };
  await reported(outputs, async ({ show, soFar }) => {
    const result = await runPresenceBench({
      settings,
      withFloor: floor,
      show: (stage) => show(stage),
      soFar: (partial) => soFar(presenceReport(partial, { ...order, interrupted: true })),
      profileFolder: profile,
    });
    return presenceReport(result, { ...order, interrupted: false });
  });
}

function problemOf(settings: PresenceSettings): string | undefined {
  const { watchers, watchedBy, users, underWay } = settings;
  if (!Number.isInteger(watchedBy) || watchedBy < 1 || watchedBy > watchers)
    return '--watched-by must be a whole number from 1 to that of the watchers';
  if (groupsOf(settings) > mostGroups) return `there may be ${mostGroups} groups of watchers`;
  // A second change of a user before the first has arrived may take its place.
  if (users < 2 * underWay) return '--users must be twice --under-way at least';
  return undefined;
}
