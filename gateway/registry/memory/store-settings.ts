import type { WrittenPolicy } from '../../policy/written-policy.ts';
import type { EventWishes } from '../events.ts';
import type { PushKeeping } from '../pushes.ts';

/** What a memory store goes by. */
export interface MemoryStoreSettings {
  /** For how long a mobile instance that lost its link counts as push-online, in seconds; default 7 days. */
  readonly pushOnlineS?: number;
  /** The events that are kept, by app; default none. */
  readonly events?: EventWishes;
  /** Seconds for which a revocation is known at least; default `retention.revocationLifeS`. */
  readonly revocationLifeS?: number;
  /** Which pushes are kept; none if left out. */
  readonly keeping?: PushKeeping;
  /** The policies of the apps, by SDKAppID; default none, then only those set at run time are known. */
  readonly policies?: ReadonlyMap<number, WrittenPolicy>;
}
