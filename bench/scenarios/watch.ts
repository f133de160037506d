import type { Clients } from '../load/clients.ts';
import { monotonicMs } from '../load/clock.ts';
import { NodeProfiles } from '../measure/node-profiles.ts';
import type { Recorder } from '../measure/recorder.ts';
import type { MeasureName } from '../report/measures.ts';
import type { MachineLoad } from '../report/result.ts';
import type { Site } from '../site/site.ts';
import {
  gatewaysUsedUs,
  readCommands,
  readSiteCpu,
  readSiteRss,
  type CpuReading,
} from './readings.ts';

const sampleEveryMs = 1000;

/** Looks at gateways, Redis, generators and the machine while something is measured. */
export class Watch {
  readonly #site: Site;
  readonly #recorder: Recorder;
  readonly #clients: Clients;
  #before: CpuReading | undefined;
  #after: CpuReading | undefined;
  #generatorsBefore: readonly number[] = [];
  #generatorsAfter: readonly number[] = [];
  #commands: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isCut = false;
  #loop: { readonly p99: number; readonly max: number } | undefined;

  readonly #profiles: NodeProfiles | undefined;

  /** `profileFolder`: where CPU profiles of the gateways go, if they are wanted. */
  constructor(site: Site, recorder: Recorder, clients: Clients, profileFolder?: string) {
    this.#site = site;
    this.#recorder = recorder;
    this.#clients = clients;
    if (profileFolder !== undefined) this.#profiles = new NodeProfiles(site.nodes, profileFolder);
  }

  /** The measurement begins at `atMs` of `monotonicMs`, unless it has begun. */
  async begin(atMs: number): Promise<void> {
    for (const node of this.#site.nodes) await node.watchLoop();
    await this.#profiles?.start();
    const commands = await readCommands(this.#site);
    this.#commands = commands === null ? null : -commands;
    this.#before = readSiteCpu(this.#site);
    this.#generatorsBefore = this.#clients.cpuUsEach;
    if (!this.#recorder.hasBegun) this.#recorder.begin(Math.max(atMs, monotonicMs()));
    let last = this.#before;
    this.#timer = setInterval(() => {
      const now = readSiteCpu(this.#site);
      this.#sample(last, now);
      last = now;
    }, sampleEveryMs);
  }

  /** The measurement has ended. */
  async end(): Promise<void> {
    if (this.#before === undefined || this.#after !== undefined) return;
    this.#stop();
    const commands = await readCommands(this.#site);
    this.#commands = commands === null ? null : (this.#commands ?? 0) + commands;
    const { main } = this.#recorder;
    await this.#profiles?.write(main, this.#recorder.count(main));
    const delays = [];
    for (const node of this.#site.nodes) if (node.isRunning) delays.push(await node.loopDelay());
    if (delays.length > 0)
      this.#loop = {
        p99: Math.max(...delays.map((it) => it.loopDelayP99Ms)),
        max: Math.max(...delays.map((it) => it.loopDelayMaxMs)),
      };
  }

  /** Stops looking, at once. */
  cut(): void {
    if (this.#before !== undefined && this.#after === undefined) this.#stop();
    this.#commands = null;
    this.#isCut = true;
  }

  /** What each of `operations` that ended well took. Null: not to be had, or cut short before it was. */
  perOperation(operations: number): Partial<Record<MeasureName, number | null>> {
    const [before, after] = [this.#before, this.#after];
    if (before === undefined || after === undefined) return {};
    const own = this.#site.nodes.length > 0;
    const used = (read: (it: CpuReading) => number): number => read(after) - read(before);
    const each = (value: number | null): number | null =>
      value === null || operations === 0 ? null : value / operations;
    const redis = this.#site.redis !== undefined;
    return {
      cpuUsPerOperation: each(own ? gatewaysUsedUs(before, after) : null),
      redisCpuUsPerOperation: each(redis ? used((it) => it.redisUs) : null),
      redisCommandsPerOperation: each(this.#commands),
    };
  }

  /** How the gateways are at the end; after a cut they may be gone already. */
  numbers(): Partial<Record<MeasureName, number | null>> {
    const own = this.#site.nodes.length > 0;
    return {
      rssBytes: own && !this.#isCut ? readSiteRss(this.#site) : null,
      loopDelayP99Ms: this.#loop?.p99 ?? null,
      loopDelayMaxMs: this.#loop?.max ?? null,
    };
  }

  /** Who kept the machine busy; undefined before there is an end. */
  get load(): MachineLoad | undefined {
    const [before, after] = [this.#before, this.#after];
    if (before === undefined || after === undefined) return undefined;
    const wallUs = (after.atMs - before.atMs) * 1000;
    const generators = this.#generatorsAfter.map((us, i) => us - (this.#generatorsBefore[i] ?? 0));
    const gatewaysUs = gatewaysUsedUs(before, after);
    const known =
      gatewaysUs + after.redisUs - before.redisUs + generators.reduce((sum, us) => sum + us, 0);
    return {
      server: gatewaysUs / wallUs,
      generator: Math.max(0, ...generators) / wallUs,
      others: Math.max(0, after.machineUs - before.machineUs - known) / wallUs,
    };
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#after = readSiteCpu(this.#site);
    this.#generatorsAfter = this.#clients.cpuUsEach;
  }

  #sample(last: CpuReading, now: CpuReading): void {
    const nowMs = monotonicMs();
    const failed = Object.values(this.#clients.tally.failures).reduce((sum, it) => sum + it, 0);
    this.#recorder.failed(nowMs, failed);
    if (this.#site.nodes.length === 0) return;
    const cores = gatewaysUsedUs(last, now) / ((now.atMs - last.atMs) * 1000);
    this.#recorder.gateways(nowMs, { rssBytes: readSiteRss(this.#site), cores });
  }
}
