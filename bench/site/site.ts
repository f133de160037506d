import type { BenchApp } from '../generator/frames.ts';
import type { Target, TlsWish } from '../generator/target.ts';
import type { MeasuredProcess } from '../measure/measured-process.ts';
import type { RedisServer } from '../../test/support/redis-server.ts';

/** Where back ends call a site, and with what key. */
export interface AdminAccess {
  readonly urls: readonly string[];
  readonly key: string;
  /** Of https. */
  readonly tls?: Omit<TlsWish, 'serverName'>;
}

/** What the load is put on: gateways of our own with their Redis, or targets that run already. */
export interface Site {
  readonly app: BenchApp;
  readonly targets: readonly Target[];
  /** Undefined where no scenario that needs it may run. */
  readonly admin: AdminAccess | undefined;
  /** Our own gateways, in the order of the targets; none where the targets are another's. */
  readonly nodes: readonly MeasuredProcess[];
  /** Our own Redis. */
  readonly redis: RedisServer | undefined;
  stop(): Promise<void>;
}
