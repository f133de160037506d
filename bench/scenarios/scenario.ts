import type { Command } from 'commander';
import type { MeasureName, TimingName } from '../report/measures.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** What the options of every scenario say. */
export interface ScenarioSettings {
  /** Members that log in before, or in, the measurement; of scenarios that have a rate it is derived. */
  readonly connections: number;
  /** Operations a second, whatever the answers do. */
  readonly rate: number;
  /** Seconds of load, the ramp among them. */
  readonly duration: number;
  readonly ramp: number;
  /** Operations before the measurement. */
  readonly warmUp: number;
  /** Most logins under way at a time where there is no rate. */
  readonly concurrency: number;
  readonly seed: number;
  readonly nodes: number;
  readonly generators: number;
  readonly sources: number;
  readonly transport: 'uws' | 'ws';
  readonly registry: 'redis' | 'memory';
  readonly url?: readonly string[];
  /** Milliseconds that a client stays (churn), or within which it comes back (reconnect). */
  readonly stay: number;
  readonly spread: number;
  /** Seconds until the tickets end (expiry). */
  readonly endsIn?: number;
  /** Of push: to whom, and how long a body is. */
  readonly to?: 'user' | 'all';
  readonly bytes?: number;
  /** Of million: users that are kicked, and others that are watched while they come and go; how many watch. */
  readonly sample?: number;
  readonly watchers?: number;
  /** MiB of the machine's memory that must stay available. */
  readonly keepFree?: number;
  /** Folder for CPU profiles of own gateways. */
  readonly profile?: string;
  readonly gatewayFlags: readonly string[];
}

/** As they come from the command line, where a scenario may leave some to `settle`. */
export type GivenSettings = Omit<ScenarioSettings, 'rate' | 'warmUp'> & {
  readonly rate?: number;
  readonly warmUp?: number;
};

/** One kind of load and what is looked at. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** What it times, the main thing first. */
  readonly timings: readonly [TimingName, ...TimingName[]];
  /** What counts as an operation, if that is not the main thing. */
  readonly operation?: TimingName;
  /** What it counts, besides what every run measures. */
  readonly numbers: readonly MeasureName[];
  /** Whether it needs gateways of its own, to end them or to look into them; and how many at least. */
  readonly needsOwn: boolean;
  /** Whether it calls the gateways as a back end does. */
  readonly needsAdmin?: boolean;
  readonly leastNodes: number;
  /** Whether `settle` says how many processes it takes. */
  readonly isScaled?: boolean;
  /** Options of its command that say nothing about it. */
  readonly ignores?: readonly string[];
  /** Whether costs by operation mean something. */
  readonly hasOperations: boolean;
  /** Adds the options that are its own. */
  readonly addOptions: (command: Command) => void;
  /** Completes what the command line left open; a text says what is wrong with it. */
  readonly settle?: (settings: GivenSettings) => ScenarioSettings | string;
  /** The longest a ticket must live is two hours; a scenario may do without `begin` of its own by `run.measure`. */
  readonly perform: (run: ScenarioRun) => Promise<void>;
  /** What it counted so far; may be asked at any time from the beginning of the measurement on. */
  readonly count: (run: ScenarioRun) => Readonly<Partial<Record<MeasureName, number | null>>>;
}
