import { z } from 'zod';

/** Percentiles that a report holds of each latency, and what else can be asked of one. */
export const statistics = ['count', 'min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const;
export type Statistic = (typeof statistics)[number];

const latency = z
  .object({
    count: z.int().min(0),
    min: z.number(),
    mean: z.number(),
    p50: z.number(),
    p90: z.number(),
    p99: z.number(),
    p999: z.number(),
    max: z.number(),
    histogram: z
      .string()
      .describe('Microseconds, as an HdrHistogram (V2, compressed, base64); with all samples.'),
  })
  .describe('Milliseconds.');

const second = z
  .object({
    atS: z.number().describe('Seconds since the measurement began.'),
    done: z.int().min(0).describe('Operations that ended well in this second.'),
    failed: z.int().min(0),
    p50: z.number().nullable().describe('Milliseconds; null in a second without operations.'),
    p99: z.number().nullable(),
    max: z.number().nullable(),
    rssBytes: z.number().nullable().describe('Of all gateways; null where they are not our own.'),
    cores: z.number().nullable().describe('CPU of all gateways: 1 is one core.'),
  })
  .describe('One second of the run.');

const counts = z.record(z.string(), z.int().min(0));

const system = z
  .object({
    latencies: z.record(z.string(), latency).describe('By what was timed.'),
    failures: counts.describe('How often each thing went wrong: "code 70001", "http 503", ...'),
    seconds: z.array(second),
  })
  .catchall(z.number().nullable())
  .describe('Every other field is a number that was measured; null: could not be.');

/** The JSON document of every bench. A bench may have more fields of its own. */
export const reportDocument = z.looseObject({
  bench: z.string(),
  format: z.literal(1).describe('Grows when a field changes its meaning; fields may be added.'),
  at: z.iso.datetime(),
  command: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.int().min(1),
    memoryBytes: z.int(),
    system: z.string(),
  }),
  versions: z
    .record(z.string(), z.string())
    .describe('gatehouse, node, uWebSockets, redis, ioredis, peers'),
  settings: z.record(z.string(), z.unknown()),
  interrupted: z.boolean().describe('True when it was stopped before its end.'),
  systems: z.record(z.string(), system).describe('What was measured, the first one first.'),
  ratios: z
    .record(z.string(), z.record(z.string(), z.number().nullable()))
    .describe('Numbers of the first system divided by those of the other.'),
  failed: z.int().min(0),
  warnings: z.array(z.string()).describe('What a reader of the numbers should know.'),
});

export type ReportDocument = z.infer<typeof reportDocument>;
export type Second = z.infer<typeof second>;

/** One system in a report. */
export interface SystemReport {
  /** By the names of `measures`; null: could not be measured. */
  readonly numbers: Readonly<Record<string, number | null>>;
  readonly latencies: Readonly<Record<string, z.infer<typeof latency>>>;
  readonly failures: Readonly<Record<string, number>>;
  readonly seconds: readonly Second[];
}

/** What a bench has found, whichever it was: all outputs are made of it. */
export interface Report extends Readonly<
  Pick<ReportDocument, 'bench' | 'at' | 'command' | 'machine' | 'settings' | 'interrupted'>
> {
  readonly versions: Readonly<Record<string, string>>;
  readonly systems: Readonly<Record<string, SystemReport>>;
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly failed: number;
  readonly warnings: readonly string[];
  /** More of the document, which only this bench has. */
  readonly details?: object;
}

/** The report as the JSON document: numbers stand beside the latencies of their system. */
export function documentOf({ details, systems, ...common }: Report): object {
  const flat = Object.entries(systems).map(([name, { numbers, ...rest }]) => [
    name,
    { ...numbers, ...rest },
  ]);
  return { ...details, format: 1, ...common, systems: Object.fromEntries(flat) };
}

/** Such a document as a report. Throws with the fields that are wrong. */
export function reportFrom(document: unknown): Report {
  const parsed = reportDocument.safeParse(document);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { systems, ...common } = parsed.data;
  const deep = Object.entries(systems).map(
    ([name, { latencies, failures, seconds, ...numbers }]) => [
      name,
      { latencies, failures, seconds, numbers },
    ],
  );
  return { ...common, systems: Object.fromEntries(deep) as Report['systems'] };
}
