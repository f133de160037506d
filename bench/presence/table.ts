import { aligned, type Row } from '../report/table.ts';
import type { Drive, DriveMedians, PresenceResult, PresenceSubject } from './result.ts';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const subjects: readonly PresenceSubject[] = ['gateway', 'publish'];

/** A result for people: what was measured, the medians side by side, what to beware of. Ends with a line break. */
export function presenceTableOf(result: PresenceResult): string {
  const { settings } = result;
  const shown = subjects.filter((subject) => result.medians.paced[subject] !== undefined);
  const lines = [
    headline(result),
    '',
    ...aligned([
      ['', ...shown, ...(result.ratio === null ? [] : ['ratio'])],
      [`${settings.rate} changes a second`],
      ...driveRows(result, 'paced'),
      [`full speed, ${settings.underWay} changes under way`],
      ...driveRows(result, 'fullSpeed'),
    ]).map((line) => line.trimEnd()),
    '',
    ...ratioLines(result),
    ...gatewayLines(result),
    ...(result.failed === 0 ? [] : [`failed: ${result.failed}`]),
    ...result.warnings.map((warning) => `warning: ${warning}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function headline({ settings, machine, versions, frameBytes }: PresenceResult): string {
  const { watchers, users, watchedBy, changes, rounds } = settings;
  return (
    `${whole.format(watchers)} watchers, ${whole.format(users)} users, each watched by ${watchedBy} · frames of ${frameBytes} bytes · ` +
    `${changes} changes a round, medians of ${rounds}\n` +
    `${machine.cores} x ${machine.cpu} · Node ${versions.node} · Redis ${versions.redis} · uWebSockets.js ${versions.uWebSockets}`
  );
}

function driveRows({ medians }: PresenceResult, drive: Drive): Row[] {
  const shown = subjects.flatMap((subject) => medians[drive][subject] ?? []);
  const row = (label: string, read: (it: DriveMedians) => number, digits: number): Row => {
    const values = shown.map(read);
    const [gateway, publish] = values;
    const ratio = gateway && publish ? [(gateway / publish).toFixed(2)] : [];
    const cells = values.map((it) => (digits === 0 ? whole.format(it) : it.toFixed(digits)));
    return [`  ${label}`, ...cells, ...ratio];
  };
  return [
    row('CPU, us a delivery', (it) => it.cpuUsPerDelivery, 2),
    row('deliveries a second', (it) => it.deliveriesPerSecond, 0),
    row('change to frame p50, ms', (it) => it.latencyMs.p50, 1),
    row('change to frame p99, ms', (it) => it.latencyMs.p99, 1),
  ];
}

function ratioLines({ ratio }: PresenceResult): string[] {
  if (ratio === null) return [];
  const line = (words: string, { median, rounds, percentOfPublish }: typeof ratio.paced): string =>
    `${words} a delivery costs the gateway ${median.toFixed(2)} x bare publish (rounds: ` +
    `${rounds.map((it) => it.toFixed(2)).join(', ')}): ${percentOfPublish.toFixed(0)} % of its deliveries for the same CPU.`;
  return [line('One change at a time,', ratio.paced), line('At full speed', ratio.fullSpeed)];
}

function gatewayLines({
  medians,
  watches,
  upkeepPerSecond,
  restUsPerSecond,
}: PresenceResult): string[] {
  const behind = medians.paced.gateway?.behind;
  const lines = [
    `${whole.format(watches.count)} watches on node B: ${watches.rssBytesEach.toFixed(0)} bytes each (V8 heap: ${watches.heapBytesEach.toFixed(0)}).`,
  ];
  if (!behind) return lines;
  const commands = Object.entries(behind.redisCommandsPerChange)
    .map(([name, calls]) => `${name} ${calls.toFixed(2)}`)
    .join(', ');
  lines.push(
    `CPU a change, us: node A ${behind.nodeACpuUsPerChange.toFixed(0)}, Redis ${behind.redisCpuUsPerChange.toFixed(0)}.`,
    `Redis commands a change, those inside the script counted too: ${commands}.`,
    `Upkeep of both nodes beside it: ${(upkeepPerSecond['evalsha'] ?? 0).toFixed(0)} scripts a second; node B at rest: ${(restUsPerSecond / 1000).toFixed(1)} ms of CPU a second.`,
  );
  return lines;
}
