import type { EventWishes } from '../events.ts';
import type { WrittenPolicy } from '../../policy/written-policy.ts';
import type { BreakName } from './breaks.ts';
import type { PushKeeping } from '../pushes.ts';
import type { ConnectionSettings } from './connect/address.ts';

/** What a node needs to share a registry in Redis. */
export interface RedisRegistrySettings extends Omit<ConnectionSettings, 'name'> {
  /** First part of every key and channel; no braces and no spaces. */
  readonly prefix: string;
  /** Fixed when a deployment is created. */
  readonly partitions: number;
  /** Seconds after which a node that says nothing is taken for dead. */
  readonly leaseS: number;
  /** Seconds in which each session is compared with its record once. */
  readonly auditS: number;
  /** For how long a mobile instance that lost its link counts as push-online, in seconds. */
  readonly pushOnlineS: number;
  /** Seconds for which a revocation is known at least; default `retention.revocationLifeS`. */
  readonly revocationLifeS?: number;
  /** Which pushes are kept; none if left out. */
  readonly keeping?: PushKeeping;
  /** The events that are kept, by app; default none. */
  readonly events?: EventWishes;
  /** How long a node's part in telling of them stays its own without a sign of it; default a lease and 2 s. */
  readonly eventLeaseMs?: number;
  /** The policies of the apps that this node serves, by SDKAppID; default none, then only those set at run time are known. */
  readonly policies?: ReadonlyMap<number, WrittenPolicy>;
  /** How many users a node holds to a changed policy in a second; default `retention.convergePerS`. */
  readonly convergePerS?: number;
  /** How long `start` waits for Redis; default 10,000. */
  readonly startTimeoutMs?: number;
  /** What is broken on purpose, for tests; default nothing. */
  readonly breaks?: ReadonlySet<BreakName>;
}
