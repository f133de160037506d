import type { RedisServer } from '../test/support/redis-server.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { breakVariable } from '../gateway/registry/redis/breaks.ts';
import type { DialogueName } from './generator/dialogue.ts';
import type { BenchApp } from './generator/frames.ts';
import type { Generators } from './generator/generators.ts';
import type { LoadResult } from './generator/load.ts';
import { encodeHistogram, histogramOf } from './measure/histogram.ts';
import { latenciesOf } from './measure/latencies.ts';
import { MeasuredProcess, type MemoryReading } from './measure/measured-process.ts';
import { readCpuUs, readMachineCpuUs } from './measure/process-cpu.ts';
import { keepOnlyFlags, tellAll } from './webhooks.ts';
import type { MachineLoad, RunResult, Settings } from './report/result.ts';
import { writeFlameGraph } from './report/write-flame-graph.ts';

/** What one run needs. */
export interface RunOrder {
  /** A subject of `bench login`, or the name of a system that `start` starts. */
  readonly subject: string;
  /** Starts the server; where it is left out, that of the subject. */
  readonly start?: (redis: RedisServer | undefined) => Promise<MeasuredProcess>;
  /** How the server is spoken to. */
  readonly dialogue?: DialogueName;
  readonly settings: Settings;
  readonly app: BenchApp;
  readonly generators: Generators;
  /** Hears what is being done and how far it is. */
  readonly show: (stage: string, detail?: string) => void;
  /** Where to write a CPU profile of the measured logins, if one is wanted. */
  readonly profile: string | undefined;
}

/**
 * Logins before a measurement, unless said otherwise. The code of a login is compiled after some hundred; what runs once a turn of the event
 * loop, as reading from Redis does, only after thousands.
 */
export const usualWarmUp = 10_000;

interface Phase {
  readonly results: readonly LoadResult[];
  readonly wallMs: number;
  readonly cpuUs: number;
  readonly redisCpuUs: number;
  readonly machineCpuUs: number;
}

/** Switches off what can be switched off of what keeps a node's sessions true: for tests, and for what it costs. */
const unguarded = { [breakVariable]: 'skip-audit,no-self-probe,lease-without-health' };

/** One round of one server, both it and its Redis new: warm up, look at the memory, log everybody in, look again. */
export async function runOnce(order: RunOrder): Promise<RunResult> {
  const { settings, generators, subject } = order;
  const redis = settings.registry === 'redis' ? await startRedis() : undefined;
  try {
    const server = await (order.start?.(redis) ?? startServer(order, redis));
    try {
      order.show(`${subject}: warm-up`);
      await warmUp(order, server);
      const before = await server.memory();
      const phase = await logAllIn(order, server, redis);
      const after = await server.memory();
      // It would spend its time on the ends of all the connections, and nobody would look.
      server.freeze();
      const lost = await generators.drop();
      const result = resultOf(phase, { before, after, lost }, redis);
      if (subject !== 'webhooks' || redis === undefined) return result;
      order.show(`${subject}: tells the back end`);
      return { ...result, webhooks: await tellAll(order.app, redis) };
    } finally {
      await server.kill();
    }
  } finally {
    await redis?.stop();
  }
}

function startServer(
  { subject, settings, app }: RunOrder,
  redis: RedisServer | undefined,
): Promise<MeasuredProcess> {
  const store = redis === undefined ? [] : ['--redis', redis.url];
  if (subject === 'floor') {
    const script = new URL('./floor.js', import.meta.url);
    return MeasuredProcess.start(script, ['--secret', app.secret, ...store]);
  }
  const listen = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0'];
  const kind = ['--transport', settings.transport, '--app', `${app.sdkAppId}:${app.secret}`];
  const script = new URL('../gateway/main.js', import.meta.url);
  const words = ['start', ...listen, ...kind, ...store, '--log-format', 'json'];
  const webhooks = subject === 'webhooks' ? keepOnlyFlags() : [];
  const flags = [...words, ...webhooks, ...settings.gatewayFlags];
  return MeasuredProcess.start(script, flags, { env: subject === 'unguarded' ? unguarded : {} });
}

/** So many logins that the code is compiled and the heap has its size; each is closed again at once. */
async function warmUp(
  { generators, settings, dialogue = 'gatehouse' }: RunOrder,
  server: MeasuredProcess,
): Promise<void> {
  await generators.run({
    set: 'warmUp',
    dialogue,
    target: { host: '127.0.0.1', port: server.port },
    concurrency: settings.concurrency,
    keep: false,
    onProgress: () => undefined,
  });
}

async function logAllIn(
  order: RunOrder,
  server: MeasuredProcess,
  redis: RedisServer | undefined,
): Promise<Phase> {
  const { subject, settings, generators, show, profile, dialogue = 'gatehouse' } = order;
  const stage = `${subject}: logs in`;
  show(stage);
  if (profile !== undefined) await server.startProfile();
  const redisCpuBefore = redis === undefined ? 0 : readCpuUs(redis.pid);
  const machineCpuBefore = readMachineCpuUs();
  const cpuBefore = server.cpuUs;
  const startedAt = performance.now();
  const results = await generators.run({
    set: 'measured',
    dialogue,
    target: { host: '127.0.0.1', port: server.port },
    concurrency: settings.concurrency,
    keep: true,
    onProgress: (finished) => show(stage, `${finished} of ${settings.connections}`),
  });
  const phase = {
    results,
    wallMs: performance.now() - startedAt,
    cpuUs: server.cpuUs - cpuBefore,
    redisCpuUs: redis === undefined ? 0 : readCpuUs(redis.pid) - redisCpuBefore,
    machineCpuUs: readMachineCpuUs() - machineCpuBefore,
  };
  if (profile !== undefined) await writeProfile(order, server, { profile, phase });
  return phase;
}

/** The profile, and its flame graph beside it. */
async function writeProfile(
  { subject, settings }: RunOrder,
  server: MeasuredProcess,
  { profile, phase }: { readonly profile: string; readonly phase: Phase },
): Promise<void> {
  await server.writeProfile(profile);
  writeFlameGraph(profile, {
    title: `${subject}, ${settings.connections} logins`,
    operations: settings.connections,
    cpuUs: phase.cpuUs,
  });
}

function resultOf(
  phase: Phase,
  rest: { readonly before: MemoryReading; readonly after: MemoryReading; readonly lost: number },
  redis: RedisServer | undefined,
): RunResult {
  const { results, wallMs, cpuUs, redisCpuUs } = phase;
  const { before, after, lost } = rest;
  const loginUs = results.flatMap((it) => it.loginUs);
  const answerUs = results.flatMap((it) => it.answerUs);
  const loggedIn = loginUs.length;
  const failures = addedUp(
    results.map((it) => it.failures),
    lost,
  );
  const heapBytes = (it: MemoryReading): number => it.heapUsedBytes + it.externalBytes;
  return {
    cpuUsPerLogin: cpuUs / loggedIn,
    redisCpuUsPerLogin: redis === undefined ? null : redisCpuUs / loggedIn,
    loginsPerSecond: (loggedIn / wallMs) * 1000,
    loginMs: latenciesOf(loginUs),
    answerMs: latenciesOf(answerUs),
    loginHistogram: encodeHistogram(histogramOf(loginUs)),
    answerHistogram: encodeHistogram(histogramOf(answerUs)),
    rssBytesPerConnection: (after.rssBytes - before.rssBytes) / loggedIn,
    heapBytesPerConnection: (heapBytes(after) - heapBytes(before)) / loggedIn,
    loggedIn,
    failed: Object.values(failures).reduce((sum, count) => sum + count, 0),
    failures,
    load: loadOf(phase),
  };
}

function loadOf({ results, wallMs, cpuUs, redisCpuUs, machineCpuUs }: Phase): MachineLoad {
  const generatorsUs = results.reduce((sum, it) => sum + it.cpuUs, 0);
  const wallUs = wallMs * 1000;
  return {
    server: cpuUs / wallUs,
    generator: Math.max(...results.map((it) => it.cpuUs)) / wallUs,
    others: Math.max(0, machineCpuUs - cpuUs - redisCpuUs - generatorsUs) / wallUs,
  };
}

function addedUp(all: readonly LoadResult['failures'][], lost: number): Record<string, number> {
  const sum: Record<string, number> = lost === 0 ? {} : { lost };
  for (const one of all) {
    for (const [why, count] of Object.entries(one)) sum[why] = (sum[why] ?? 0) + count;
  }
  return sum;
}
