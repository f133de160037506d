import { PolicyTable } from '../policy-table.ts';
import { retention } from '../retention.ts';
import { BackEndCalls } from './back-end-calls.ts';
import { unbroken } from './breaks.ts';
import { Connections } from './connection.ts';
import { EventWishWords } from './event-wish-words.ts';
import type { FaultLog } from './fault-log.ts';
import { Keys } from './keys.ts';
import { Lease } from './lease.ts';
import { PresenceCalls } from './presence-calls.ts';
import { ScriptCalls, type CallParts } from './script-calls.ts';
import { loadScripts } from './scripts.ts';
import type { RedisRegistrySettings } from './settings.ts';
import { TimedCalls } from './timed-calls.ts';

/** What a node says to Redis, and the lease that bounds how long it may take effect. */
export interface NodeCalls {
  readonly lease: Lease;
  readonly calls: ScriptCalls;
  readonly presence: PresenceCalls;
  /** Those that may not happen after their callers have given up. */
  readonly timed: TimedCalls;
}

/** What all calls of a node have in common. Nothing is connected yet. */
export function makeCallParts(
  settings: RedisRegistrySettings,
  nodeId: string,
  log: FaultLog,
): CallParts {
  const keys = new Keys(settings.prefix, settings.partitions);
  const scripts = loadScripts(settings.breaks ?? unbroken);
  const connections = new Connections(
    { ...settings, name: `${settings.prefix}:${nodeId}` },
    { scripts, homeKey: keys.leases, log },
  );
  const events = new EventWishWords(keys, settings.events ?? new Map());
  const policies = new PolicyTable(settings.policies ?? new Map());
  return { connections, scripts, keys, events, policies, pushOnlineS: settings.pushOnlineS };
}

/** Makes the calls of one node. */
export function makeNodeCalls(
  parts: CallParts,
  nodeId: string,
  settings: RedisRegistrySettings,
): NodeCalls {
  const { revocationLifeS = retention.revocationLifeS, commandTimeoutMs, leaseS } = settings;
  const lease = new Lease(parts, nodeId, leaseS * 1000);
  const calls = new ScriptCalls(parts, nodeId);
  const presence = new PresenceCalls(parts, nodeId);
  const backEnd = new BackEndCalls(parts, revocationLifeS);
  const timed = new TimedCalls({ calls, presence, backEnd, lease, commandTimeoutMs });
  return { lease, calls, presence, timed };
}
