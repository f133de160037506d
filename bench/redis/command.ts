import { Option, type Command } from 'commander';
import { commandLine } from '../command-line.ts';
import { countedOption } from '../counted-option.ts';
import { readRedisVersion } from '../redis-version.ts';
import { addOutputOptions, Outputs, type OutputFlags } from '../report/outputs.ts';
import { reported } from '../reported.ts';
import { redisReport, redisVocabulary } from './report.ts';
import { redisParts, runRedisBench, type RedisSettings } from './run.ts';

interface Flags extends RedisSettings, OutputFlags {}

/** Adds `bench redis`. */
export function addRedisCommand(program: Command): void {
  addOutputOptions(program.command('redis'))
    .description(
      'What the registry costs without gateways and sockets: memory of sessions in Redis, Sentinel failovers, CPU of logins and pushes.',
    )
    .addOption(
      new Option('--parts <NAMES...>', 'Only these.').choices(redisParts).default(redisParts),
    )
    .addOption(countedOption('--rounds <N>', 'Rounds of each, but of memory.', 3))
    .addOption(countedOption('--pushes <N>', 'Pushes of a round.', 50_000))
    .action(run);
}

async function run(flags: Flags, command: Command): Promise<void> {
  const { parts, rounds, pushes } = flags;
  const settings = { parts, rounds, pushes };
  const outputs = Outputs.of(flags, redisVocabulary(parts), command);
  const order = { settings, command: commandLine(), redisVersion: await readRedisVersion() };
  await reported(outputs, async ({ show, soFar }) => {
    const result = await runRedisBench(settings, show, (partial) =>
      soFar(redisReport(partial, { ...order, interrupted: true })),
    );
    return redisReport(result, { ...order, interrupted: false });
  });
}
