import { InvalidArgumentError, Option, type Command } from 'commander';
import { commandLine } from '../command-line.ts';
import { countedOption, positiveOption, wholeOption } from '../counted-option.ts';
import { onInterruption } from '../interruption.ts';
import { readRedisVersion } from '../redis-version.ts';
import { addOutputOptions, Outputs, type OutputFlags } from '../report/outputs.ts';
import { Progress } from '../report/progress.ts';
import { summaryOf } from '../report/summary.ts';
import { startOwnSite } from '../site/own-site.ts';
import type { Site } from '../site/site.ts';
import { SiteError, urlSite } from '../site/url-site.ts';
import { churn } from './churn.ts';
import { defaultGenerators } from './default-generators.ts';
import { expiry } from './expiry.ts';
import { idle } from './idle.ts';
import { kick } from './kick.ts';
import { drain, reconnect } from './leaving.ts';
import { million } from './million.ts';
import { push } from './push.ts';
import { soak } from './soak.ts';
import { scenarioReport, scenarioVocabulary } from './scenario-report.ts';
import { ScenarioRun } from './scenario-run.ts';
import type { GivenSettings, Scenario, ScenarioSettings } from './scenario.ts';

/** What the command line of a scenario says. */
export interface ScenarioFlags extends OutputFlags, GivenSettings {
  readonly app?: string;
  readonly adminUrl?: readonly string[];
  readonly ca?: string;
  readonly insecure?: boolean;
}

const mostSources = 250;
const outputNames = new Set([
  'json',
  'csv',
  'hgrm',
  'html',
  'compare',
  'failIf',
  'app',
  'adminUrl',
  'ca',
  'profile',
]);

/** Adds a command for every scenario but `login`, which compares as well and is main's. */
export function addScenarioCommands(program: Command): void {
  for (const scenario of [kick, churn, soak, push]) {
    const [rate, warmUp] = scenario.settle === undefined ? ([200, 200] as const) : [];
    addRateOptions(addScenario(program, scenario), rate)
      .addOption(countedOption('--concurrency <N>', 'Most logins at a time before it.', 100))
      .addOption(wholeOption('--warm-up <N>', 'Operations before the measurement.', warmUp));
  }
  for (const [scenario, connections] of [
    [idle, 5000],
    [expiry, 5000],
    [reconnect, 2000],
    [drain, 2000],
  ] as const) {
    const command = addScenario(program, scenario)
      .addOption(countedOption('--connections <N>', 'Users that are logged in.', connections))
      .addOption(countedOption('--concurrency <N>', 'Most logins under way at a time.', 100));
    if (scenario === idle)
      command
        .addOption(countedOption('--duration <S>', 'Seconds of rest.', 10))
        .addOption(wholeOption('--warm-up <N>', 'Logins before the measurement.', 2000));
  }
  addScenario(program, million);
}

function addScenario(program: Command, scenario: Scenario): Command {
  const command = addOutputOptions(program.command(scenario.name)).description(scenario.summary);
  addSiteOptions(command, scenario);
  const generators = scenario.isScaled === true ? undefined : defaultGenerators();
  scenario.addOptions(command);
  return command
    .addOption(countedOption('--generators <N>', 'Load generator processes.', generators))
    .addOption(transportOption())
    .option('--profile <FOLDER>', 'Write CPU profiles and flame graphs of own gateways.')
    .argument('[FLAGS...]', 'More flags for the gateways, behind a --.')
    .action(async (gatewayFlags: readonly string[], flags: ScenarioFlags, it: Command) => {
      await runScenario(scenario, { ...flags, registry: 'redis', gatewayFlags }, it);
    });
}

export function transportOption(): Option {
  return new Option('--transport <KIND>', "The gateway's socket back end.")
    .choices(['uws', 'ws'])
    .default('uws');
}

/** Rate, ramp and duration of an open loop. */
export function addRateOptions(command: Command, fallback: number | undefined): Command {
  return command
    .addOption(
      positiveOption(
        '--rate <N>',
        'Operations a second, however slow the answers are; latencies count from when each was due.',
        fallback,
      ),
    )
    .addOption(countedOption('--duration <S>', 'Seconds of load at the rate, with the ramp.', 10))
    .addOption(wholeOption('--ramp <S>', 'Seconds in which the rate grows from 0.', 0));
}

/** Where the load goes, and from where. */
export function addSiteOptions(command: Command, scenario: Scenario): Command {
  const nodes = scenario.isScaled === true ? undefined : scenario.leastNodes;
  if (!scenario.needsOwn)
    command
      .option(
        '--url <URL>',
        'A gateway that runs already, ws:// or wss://, in place of own ones; may be given again. Needs --app.',
        (url: string, all: readonly string[] | undefined) => [...(all ?? []), url],
      )
      .option('--app <SDKAPPID:SECRET>', 'The app of these gateways; for the tickets.')
      .option('--ca <FILE>', 'Certificates (PEM) to trust at wss://, instead of the usual ones.')
      .option('--insecure', 'Take any certificate at wss://.');
  else
    // Hidden: it is there to say why it is not.
    command.addOption(
      new Option('--url <URL>').hideHelp().argParser(() => {
        throw new InvalidArgumentError('It looks into its gateways, and so starts its own.');
      }),
    );
  if (scenario.needsAdmin === true)
    command.option(
      '--admin-url <URL>',
      'With --url: where they take calls of back ends; may be given again. The key is that of GATEHOUSE_ADMIN_KEY.',
      (url: string, all: readonly string[] | undefined) => [...(all ?? []), url],
    );
  return command
    .addOption(countedOption('--nodes <N>', 'Gateways to start.', nodes))
    .addOption(
      countedOption('--sources <N>', 'Source addresses of each generator, 127.0.x.1 and on.', 8),
    )
    .addOption(
      wholeOption('--seed <N>', 'For the moments of the load; the same seed, the same load.', 1),
    );
}

/** Runs one scenario from its command line to its report. */
export async function runScenario(
  scenario: Scenario,
  given: ScenarioFlags,
  command: Command,
): Promise<void> {
  const flags = settled(scenario, given, command);
  if (flags.url === undefined && flags.nodes < scenario.leastNodes)
    command.error(`error: ${scenario.name} needs --nodes ${scenario.leastNodes} at least`);
  if (flags.sources > mostSources)
    command.error(
      `error: --sources may be ${mostSources}: they are the addresses of one 127.0.x.0`,
    );
  if (flags.registry === 'memory' && flags.nodes > 1)
    command.error('error: several nodes need the registry in Redis');
  const outputs = Outputs.of(flags, scenarioVocabulary(scenario), command);
  const progress = new Progress(outputs.isQuiet);
  if (flags.url === undefined) progress.show(`starts ${flags.nodes} gateways`);
  const startedAt = performance.now();
  const site = await openSite(flags, command);
  const run = new ScenarioRun(scenario, flags, site, (stage, detail) =>
    progress.show(stage, detail),
  );
  run.notes['startMs'] = performance.now() - startedAt;
  const order = {
    scenario,
    command: commandLine(),
    redisVersion: site.redis === undefined ? 'unknown' : await readRedisVersion(),
    settings: settingsOf(flags, scenario),
  };
  const finish = (interrupted: boolean): void => {
    progress.clear();
    const report = scenarioReport(run, { ...order, interrupted });
    process.exitCode = outputs.write(report, summaryOf(report));
  };
  onInterruption(() => {
    if (!run.recorder.hasBegun) {
      process.stderr.write('\nbench: interrupted before anything was measured\n');
      return;
    }
    run.watch.cut();
    finish(true);
  });
  try {
    await scenario.perform(run);
    onInterruption(undefined);
    finish(false);
    for (const node of site.nodes) if (node.isRunning) node.freeze();
  } finally {
    run.clients.close();
    await site.stop();
  }
}

type SettledFlags = ScenarioFlags & ScenarioSettings;

function settled(scenario: Scenario, flags: ScenarioFlags, command: Command): SettledFlags {
  const settings = scenario.settle?.(flags) ?? (flags as ScenarioSettings);
  if (typeof settings === 'string') return command.error(`error: ${settings}`);
  if (scenario.needsAdmin === true && flags.url !== undefined && flags.adminUrl === undefined)
    return command.error(`error: ${scenario.name} with --url needs --admin-url`);
  return { ...flags, ...settings };
}

async function openSite(
  { url, nodes, transport, registry, gatewayFlags, ...flags }: SettledFlags,
  command: Command,
): Promise<Site> {
  if (url === undefined) return startOwnSite({ nodes, transport, registry, gatewayFlags });
  try {
    return urlSite({ url, ...flags }, process.env['GATEHOUSE_ADMIN_KEY']);
  } catch (error) {
    if (error instanceof SiteError) return command.error(`error: ${error.message}`);
    throw error;
  }
}

/** Everything that shapes the load; the secret of an app and the names of files are not that. */
function settingsOf(flags: SettledFlags, { ignores = [] }: Scenario): Record<string, unknown> {
  const isSetting = (name: string): boolean => !outputNames.has(name) && !ignores.includes(name);
  return Object.fromEntries(Object.entries(flags).filter(([name]) => isSetting(name)));
}
