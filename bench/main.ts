#!/usr/bin/env node
import { mkdirSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { commandLine } from './command-line.ts';
import { countedOption, wholeOption } from './counted-option.ts';
import { addCompareCommand } from './compare/command.ts';
import { listenForSignals, onInterruption } from './interruption.ts';
import { runBench, type BenchOrder } from './login.ts';
import { loginReport, loginVocabulary } from './login-report.ts';
import { addPresenceCommand } from './presence/command.ts';
import { readRedisVersion } from './redis-version.ts';
import { addOutputOptions, exitCodes, Outputs } from './report/outputs.ts';
import { Progress } from './report/progress.ts';
import { addRedisCommand } from './redis/command.ts';
import {
  addRateOptions,
  addScenarioCommands,
  addSiteOptions,
  runScenario,
  transportOption,
  type ScenarioFlags,
} from './scenarios/command.ts';
import { defaultGenerators } from './scenarios/default-generators.ts';
import { loginStorm } from './scenarios/login.ts';
import { requireNative } from './require-native.ts';
import type { Settings, Subject } from './report/result.ts';
import { tableOf } from './report/table.ts';
import { usualWarmUp } from './run.ts';

interface Flags extends Settings, Omit<ScenarioFlags, 'warmUp'> {
  readonly profile?: string;
  readonly floor?: boolean;
  readonly webhooks?: boolean;
  readonly safety?: boolean;
}

function addLoadOptions(command: Command): Command {
  return addOutputOptions(command)
    .addOption(countedOption('--connections <N>', 'Users that log in and stay.', 2000))
    .addOption(countedOption('--rounds <N>', 'Rounds; each starts all servers anew.', 3))
    .addOption(countedOption('--concurrency <N>', 'Most logins under way at a time.', 100))
    .addOption(wholeOption('--warm-up <N>', 'Logins before the measurement.', usualWarmUp))
    .addOption(countedOption('--generators <N>', 'Load generator processes.', defaultGenerators()))
    .option('--profile <FOLDER>', 'Write CPU profiles of the logins (.cpuprofile).')
    .addOption(
      new Option('--registry <KIND>', 'Where sessions are registered.')
        .choices(['redis', 'memory'])
        .default('redis'),
    );
}

function settingsOf(flags: Flags): Settings {
  const { connections, concurrency, rounds, warmUp, generators } = flags;
  const { transport, registry, gatewayFlags } = flags;
  return {
    connections,
    concurrency,
    rounds,
    warmUp,
    generators,
    transport,
    registry,
    gatewayFlags,
  };
}

async function run(bench: BenchOrder['bench'], flags: Flags, command: Command): Promise<void> {
  const { profile, floor, webhooks, safety } = flags;
  const settings = settingsOf(flags);
  const subjects: Subject[] = bench === 'floor' ? [] : ['gateway'];
  if (webhooks) subjects.push('webhooks');
  else if (safety) subjects.push('unguarded');
  else if (bench === 'floor' || floor) subjects.push('floor');
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const outputs = Outputs.of(flags, loginVocabulary(subjects), command);
  const progress = new Progress(outputs.isQuiet);
  const result = await runBench({
    bench,
    subjects,
    settings,
    command: commandLine(),
    redisVersion: settings.registry === 'redis' ? await readRedisVersion() : 'none',
    show: (stage, detail) => progress.show(stage, detail),
    soFar: (partial) =>
      onInterruption(() => outputs.write(loginReport(partial, true), tableOf(partial))),
    profileFolder: profile,
  }).finally(() => progress.clear());
  process.exitCode = outputs.write(loginReport(result, false), tableOf(result));
}

/** Logins a second where only --url is given. */
const stormRate = 200;

const program = new Command('bench')
  .description(
    'Measures what a login and a presence change cost, and what Redis does for it. See bench/README.md for how, and how to read it.',
  )
  .configureHelp({ showGlobalOptions: true })
  // What is wrong with a command line ends with 2.
  .exitOverride();

addSiteOptions(addRateOptions(addLoadOptions(program.command('login')), undefined), loginStorm)
  .description(
    'The gateway and, in turn with it, the floor: a hand-written minimum that does the same. With --rate or --url: a storm of logins, in an open loop.',
  )
  .option('--no-floor', 'Measure the gateway alone.')
  .option(
    '--webhooks',
    'Instead of the floor: the gateway again, keeping an event of each login for webhooks; and what a webhook costs.',
  )
  .addOption(
    new Option(
      '--safety',
      'Instead of the floor: the gateway again without audits, self-probe and a look at its own health; what these cost.',
    ).conflicts('webhooks'),
  )
  .addOption(transportOption())
  .argument('[FLAGS...]', 'More flags for the gateway, behind a --.')
  .action(async (gatewayFlags: readonly string[], flags: Flags, command: Command) => {
    if (flags.rate !== undefined || flags.url !== undefined) {
      await runScenario(
        loginStorm,
        { ...flags, rate: flags.rate ?? stormRate, gatewayFlags },
        command,
      );
      return;
    }
    const other = flags.webhooks ? '--webhooks' : flags.safety ? '--safety' : undefined;
    if (other !== undefined && flags.registry === 'memory')
      command.error(`error: ${other} is measured with the registry in Redis`);
    if (flags.floor && other === undefined) requireNative(command);
    await run('login', { ...flags, gatewayFlags }, command);
  });

addLoadOptions(program.command('floor'))
  .description('The floor alone.')
  .action(async (flags: Flags, command: Command) => {
    requireNative(command);
    await run('floor', { ...flags, transport: 'uws', gatewayFlags: [] }, command);
  });

addPresenceCommand(program);
addScenarioCommands(program);
addCompareCommand(program);
addRedisCommand(program);

listenForSignals();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodes.failure;
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? exitCodes.good : exitCodes.usage;
  else process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
}
