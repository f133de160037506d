import type { Latencies } from '../measure/latencies.ts';
import type { MachineLoad } from '../report/result.ts';

/** What is compared: the gateway, and bare publish of uWebSockets.js. */
export type PresenceSubject = 'gateway' | 'publish';

/** How changes come: at a fixed pace, one alone at a time; or the next as soon as one has arrived everywhere. */
export type Drive = 'paced' | 'fullSpeed';

/** How the presence bench was called. */
export interface PresenceSettings {
  /** Sessions on node B that watch. */
  readonly watchers: number;
  /** Users on node A. */
  readonly users: number;
  /** How many of the watchers watch each user. */
  readonly watchedBy: number;
  /** Changes of a drive and round. */
  readonly changes: number;
  /** Changes a second of the paced drive. */
  readonly rate: number;
  /** Changes under way at full speed. */
  readonly underWay: number;
  readonly rounds: number;
}

/** One drive of one subject in one round. */
export interface DriveResult {
  readonly changes: number;
  /** Frames that watchers got. */
  readonly deliveries: number;
  /** Frames that did not come. */
  readonly missing: number;
  /** CPU time of the process that tells the watchers (node B; the floor), all threads, by the deliveries; microseconds. */
  readonly cpuUsPerDelivery: number;
  /** From the first change to the last delivery. */
  readonly deliveriesPerSecond: number;
  /** From the write of the change at the user's socket to the frame at the watcher's, of each delivery; milliseconds. */
  readonly latencyMs: Latencies;
  /** All of them, in microseconds: see `encodeHistogram`. */
  readonly latencyHistogram: string;
  readonly load: MachineLoad;
  /** Only of the gateway. */
  readonly behind: BehindDelivery | null;
}

/** What a change costs before it is told. */
export interface BehindDelivery {
  /** CPU time of node A by the changes, in microseconds. */
  readonly nodeACpuUsPerChange: number;
  readonly redisCpuUsPerChange: number;
  /**
   * Calls a change by Redis's own count (INFO commandstats), by name; what scripts call inside counts as well. The upkeep is
   * taken off. Less than 0.1 is left out: no command of a change is that rare.
   */
  readonly redisCommandsPerChange: Readonly<Record<string, number>>;
}

/** Both drives of both subjects; they took turns. */
export type PresenceRound = Readonly<
  Record<Drive, Readonly<Partial<Record<PresenceSubject, DriveResult>>>>
>;

/** What the presence bench has measured so far; the document has it beside the report. */
export interface PresenceResult {
  readonly settings: PresenceSettings;
  /** Bytes of one frame's payload, the same for both. */
  readonly frameBytes: number;
  /** Watches in force on node B, and what one costs there: growth of memory while they were made, after collection. */
  readonly watches: {
    readonly count: number;
    readonly rssBytesEach: number;
    readonly heapBytesEach: number;
  };
  /**
   * What the nodes ask of Redis while nothing changes, in calls a second by name: lease, probe, and the slow audit of sessions and
   * watches. It grows with the users, not with the changes.
   */
  readonly upkeepPerSecond: Readonly<Record<string, number>>;
  /** CPU time of node B while nothing changes, in microseconds a second. It is part of `cpuUsPerDelivery`, which nothing is taken off. */
  readonly restUsPerSecond: number;
  readonly rounds: readonly PresenceRound[];
  /** Frames that did not come, changes refused and connections lost, in all rounds. */
  readonly failed: number;
  readonly warnings: readonly string[];
}
