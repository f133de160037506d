import { InvalidArgumentError, Option, type Command } from 'commander';
import { isPlatform, platforms, type Platform } from '../../../protocol/platforms.ts';
import { refuse } from '../app-option.ts';
import type { CliIo, Finish } from '../io.ts';
import { callAdmin } from './admin-client.ts';
import { addAdminOptions, addressFor, report, type AdminOptions } from './admin-options.ts';
import { counted, textTable, timeText } from './text-table.ts';
import { appIdOf } from './user-options.ts';

interface PolicyOptions extends AdminOptions {
  readonly app: number;
}

interface ChangeOptions extends PolicyOptions {
  readonly policy?: unknown;
  readonly limit?: Readonly<Partial<Record<Platform, number>>>;
  readonly evictions?: { readonly burst: number; readonly perMinute: number };
  readonly dryRun?: boolean;
}

/** A policy as /v1 tells it. */
interface PolicyBody {
  readonly policy: string | readonly PolicyGroupBody[];
  readonly limits: Readonly<Record<string, number>>;
  readonly evictions: { readonly burst: number; readonly perMinute: number };
  readonly version: number;
}

interface PolicyGroupBody {
  readonly platforms: readonly string[];
  readonly exclusive?: boolean;
  readonly max?: number;
}

interface ShownPolicy extends PolicyBody {
  readonly source: string;
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly version: number | null;
    readonly isConverged: boolean;
  }[];
}

interface PreviewBody {
  readonly count: number;
  readonly sessions: readonly {
    readonly userId: string;
    readonly sessionId: string;
    readonly instanceId: string;
    readonly platform: string;
    readonly nodeId: string;
    readonly loggedInAt: number;
  }[];
}

const names = 'single, dual, triple or multi';
const dryRun = 'List the sessions that would end, and change nothing.';

/** `gatehouse policy show | set | reset`. */
export function addPolicyCommands(program: Command, io: CliIo, finish: Finish): void {
  const policy = program
    .command('policy')
    .description('See and change the login policy of an app while the nodes run.');
  const show = appCommand(policy, 'show', 'Show the policy, and how far the nodes are with it.');
  show.action(async (options: PolicyOptions) => {
    const answered = await callAdmin(addressFor(show, options, io), 'GET', pathOf(options));
    finish(report(answered, options, io, shownText));
  });
  addSet(policy, io, finish);
  const reset = appCommand(
    policy,
    'reset',
    'Take back what was set: the configuration of the nodes holds again.',
  ).option('--dry-run', dryRun);
  reset.action(async (options: ChangeOptions) => {
    const address = addressFor(reset, options, io);
    if (options.dryRun === true) {
      const answered = await callAdmin(address, 'POST', `${pathOf(options)}/preview-reset`);
      return finish(report(answered, options, io, previewText));
    }
    const answered = await callAdmin(address, 'DELETE', pathOf(options));
    const say = ({ wasSet }: { readonly wasSet: boolean }): string =>
      `app ${options.app}: ${wasSet ? 'the configuration holds again' : 'nothing was set'}\n`;
    finish(report(answered, options, io, say));
  });
}

function addSet(policy: Command, io: CliIo, finish: Finish): void {
  const set = appCommand(
    policy,
    'set',
    'Change the policy on every node, and end what it does not allow. What is not given stays as it is.',
  )
    .addOption(
      new Option(
        '--policy <POLICY>',
        `${names}, or groups as JSON: [{"platforms":["web","ios"],"exclusive":true,"max":2}].`,
      ).argParser(policyOf),
    )
    .addOption(
      new Option(
        '--limit <PLATFORM=N>',
        'Most instances of one user on a platform; may be repeated.',
      ).argParser(limitOf),
    )
    .addOption(
      new Option(
        '--evictions <BURST:PERMINUTE>',
        'Sessions of one user that logins may end at a stretch, 0: no bound; and how many more in a minute.',
      ).argParser(evictionsOf),
    )
    .option('--dry-run', dryRun);
  set.action(async (options: ChangeOptions) => {
    const { policy: wanted, limit: limits, evictions } = options;
    const body = {
      ...(wanted !== undefined && { policy: wanted }),
      ...(limits !== undefined && { limits }),
      ...(evictions !== undefined && { evictions }),
    };
    if (Object.keys(body).length === 0)
      return refuse(set, 'what is to change? Give --policy, --limit or --evictions');
    const address = addressFor(set, options, io);
    if (options.dryRun === true) {
      const answered = await callAdmin(address, 'POST', `${pathOf(options)}/preview`, body);
      return finish(report(answered, options, io, previewText));
    }
    const answered = await callAdmin(address, 'PUT', pathOf(options), body);
    finish(report(answered, options, io, policyText));
  });
}

function appCommand(policy: Command, name: string, description: string): Command {
  const command = policy
    .command(name)
    .description(description)
    .requiredOption('--app <ID>', 'SDKAppID.', appIdOf);
  return addAdminOptions(command);
}

function pathOf({ app }: PolicyOptions): string {
  return `/v1/apps/${app}/policy`;
}

/** A name, or whatever JSON it is: the gateway checks both. */
function policyOf(value: string): unknown {
  if (/^[a-z]+$/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new InvalidArgumentError(`Give ${names}, or groups as JSON.`);
  }
}

function limitOf(value: string, earlier: ChangeOptions['limit'] = {}): ChangeOptions['limit'] {
  const [, platform = '', count = ''] = /^(\w+)=(\d{1,3})$/.exec(value) ?? [];
  if (!isPlatform(platform))
    throw new InvalidArgumentError(`Give PLATFORM=N, with one of ${platforms.join(', ')}.`);
  return { ...earlier, [platform]: Number(count) };
}

function evictionsOf(value: string): ChangeOptions['evictions'] {
  const [, burst, perMinute] = /^(\d{1,4}):(\d{1,3})$/.exec(value) ?? [];
  if (burst === undefined || perMinute === undefined)
    throw new InvalidArgumentError('Give two numbers, such as 10:6.');
  return { burst: Number(burst), perMinute: Number(perMinute) };
}

function policyText({ policy, limits, evictions, version }: PolicyBody): string {
  const groups = typeof policy === 'string' ? policy : policy.map(groupText).join('; ');
  const each = Object.entries(limits).map(([platform, limit]) => `${platform} ${limit}`);
  const war =
    evictions.burst === 0
      ? 'no bound'
      : `${evictions.burst} at a stretch, ${evictions.perMinute} a minute`;
  return [
    `policy     ${groups}`,
    `limits     ${each.join(', ')}`,
    `evictions  ${war}`,
    `version    ${versionText(version)}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function groupText({ platforms: ofGroup, exclusive, max }: PolicyGroupBody): string {
  const bounds = [
    ...(exclusive === true ? ['one platform'] : []),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
  return `${ofGroup.join(' ')}${bounds.length === 0 ? '' : ` (${bounds.join(', ')})`}`;
}

function versionText(version: number): string {
  return version === 0 ? '0, never changed' : `${version}, of ${secondText(version)}`;
}

function secondText(unixMs: number): string {
  return timeText(Math.floor(unixMs / 1000));
}

function shownText(shown: ShownPolicy): string {
  const rows = shown.nodes.map(({ nodeId, version, isConverged }) => [
    nodeId,
    version === null ? 'no answer' : String(version),
    isConverged ? 'yes' : 'no',
  ]);
  const head = `${policyText(shown)}source     ${shown.source}\n`;
  return `${head}${textTable(['NODE', 'VERSION', 'CONVERGED'], rows)}`;
}

function previewText({ count, sessions }: PreviewBody): string {
  const head = `${counted(count, 'session')} would end\n`;
  if (count === 0) return head;
  const titles = ['USER', 'INSTANCE', 'PLATFORM', 'NODE', 'SESSION', 'LOGGED IN'];
  const rows = sessions.map((one) => [
    one.userId,
    one.instanceId,
    one.platform,
    one.nodeId,
    one.sessionId,
    timeText(one.loggedInAt),
  ]);
  const rest = count - sessions.length;
  const tail = rest === 0 ? '' : `and ${rest} more\n`;
  return `${head}${textTable(titles, rows)}${tail}`;
}
