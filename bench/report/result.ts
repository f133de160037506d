import type { Latencies } from '../measure/latencies.ts';

/**
 * The servers a bench compares; `webhooks` is the gateway that keeps an event of each login, `unguarded` the one without
 * audits, self-probe and a look at its own health.
 */
export type Subject = 'gateway' | 'floor' | 'webhooks' | 'unguarded';

/** What it takes another node to tell a back end of the events, everybody being logged in. */
export interface WebhookResult {
  readonly told: number;
  /** CPU time of the whole process, microseconds. */
  readonly cpuUsPerWebhook: number;
  readonly webhooksPerSecond: number;
}

/** CPU time by wall time: 1 = one core busy all the time. */
export interface MachineLoad {
  readonly server: number;
  /** The busiest of the generators. */
  readonly generator: number;
  /** Everything that is not the server, its Redis or a generator. */
  readonly others: number;
}

/** One server in one round; memory is after garbage collection. What is divided by the logins is null when none succeeded. */
export interface RunResult {
  /** CPU time of the whole server process, all threads, per login; microseconds. */
  readonly cpuUsPerLogin: number;
  /** The same of redis-server; null without one. */
  readonly redisCpuUsPerLogin: number | null;
  readonly loginsPerSecond: number;
  /** From the start of the connection to the answer of the login, client side; milliseconds. */
  readonly loginMs: Latencies;
  /** From the login frame to its answer; milliseconds. */
  readonly answerMs: Latencies;
  /** All of both, for percentiles of several rounds together: see `encodeHistogram`. */
  readonly loginHistogram: string;
  readonly answerHistogram: string;
  /** Growth of the resident memory, divided by the connections. */
  readonly rssBytesPerConnection: number;
  /** The part of it that is V8's heap and what hangs on it. */
  readonly heapBytesPerConnection: number;
  readonly loggedIn: number;
  readonly failed: number;
  /** How often each thing went wrong: `code 70003`, `close 4001`, `http 503`, `ECONNRESET`, `lost` (ended after its login). */
  readonly failures: Readonly<Record<string, number>>;
  /** Who kept the machine busy meanwhile. */
  readonly load: MachineLoad;
  /** Of the subject `webhooks`. */
  readonly webhooks?: WebhookResult;
}

/** What the medians are taken of. */
export type Medians = Pick<
  RunResult,
  'cpuUsPerLogin' | 'loginsPerSecond' | 'rssBytesPerConnection' | 'heapBytesPerConnection'
> & { readonly redisCpuUsPerLogin: number | null; readonly loginMs: Latencies };

/** How a bench was called. */
export interface Settings {
  readonly connections: number;
  readonly concurrency: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly generators: number;
  readonly transport: 'uws' | 'ws';
  readonly registry: 'redis' | 'memory';
  /** More flags that the gateway was started with. */
  readonly gatewayFlags: readonly string[];
}

/** Where a bench ran. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
}

/** Versions of everything that the numbers depend on. */
export interface Versions {
  readonly gatehouse: string;
  readonly node: string;
  readonly uWebSockets: string;
  readonly redis: string;
  readonly ioredis: string;
}

/** The JSON document of a bench; `format` grows when a field changes its meaning. */
export interface BenchResult {
  readonly bench: 'login' | 'floor';
  readonly format: 1;
  /** ISO 8601. */
  readonly at: string;
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Versions;
  readonly settings: Settings;
  /** In the order in which they ran. */
  readonly rounds: readonly Readonly<Partial<Record<Subject, RunResult>>>[];
  readonly medians: Readonly<Partial<Record<Subject, Medians>>>;
  /** CPU per login, gateway by floor: of the medians, and of each round. Null when only one was measured. */
  readonly ratio: { readonly median: number; readonly rounds: readonly number[] } | null;
  /** CPU per login, the gateway with webhooks by that without: of the medians, and of each round. Null when they were not measured. */
  readonly webhookRatio: BenchResult['ratio'];
  /** CPU per login, the gateway by that which does not guard itself. Null when that was not measured. */
  readonly safetyRatio: BenchResult['ratio'];
  /** Logins that failed, in all rounds. */
  readonly failed: number;
  /** What a reader of the numbers should know. */
  readonly warnings: readonly string[];
}
