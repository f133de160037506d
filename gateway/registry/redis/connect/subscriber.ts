import { Redis } from 'ioredis';
import type { ConnectionSettings, HostPort } from './address.ts';
import { clientOptions, optionsToAny } from './client-options.ts';

/**
 * The connection that listens. On a Cluster an ordinary message reaches every server, so any of them will do: each
 * attempt takes another one of `places`.
 */
export function makeSubscriber(
  settings: ConnectionSettings,
  places: () => readonly HostPort[],
): Redis {
  let turn = Math.floor(Math.random() * 1000);
  const next = (): HostPort => {
    const all = places();
    turn += 1;
    return all[turn % all.length] ?? { host: 'localhost', port: 6379 };
  };
  const isCluster = settings.address.kind === 'cluster';
  return new Redis({
    ...(isCluster ? optionsToAny(settings, next) : clientOptions(settings)),
    maxRetriesPerRequest: null,
    // NodeChannel subscribes again itself: it needs the acknowledgement, which ioredis keeps to itself.
    autoResubscribe: false,
  });
}
