import type { RedisOptions } from 'ioredis';
import type { ConnectionSettings, HostPort, RedisTls } from './address.ts';

/** What a client of ioredis is made with. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

const connectTimeoutMs = 2000;
/** Where others can be asked, a silent one is not waited for as long. */
const elsewhereTimeoutMs = 1000;
/** A peer that stands still never answers the polite end of a connection. */
const disconnectTimeoutMs = 50;
const sentinelAnswerMs = 500;
/** The library's own minute would leave a Sentinel that came back unheard for as long. */
const sentinelReconnectMs = 2000;

/** What every client of ioredis gets: where it connects to, who it is there, and how it tries again. */
export function clientOptions(settings: ConnectionSettings): ClientOptions {
  const { address } = settings;
  return {
    lazyConnect: true,
    connectionName: settings.name,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    // The name of the library in CLIENT LIST would cost two commands more, which an ACL would have to allow.
    disableClientInfo: true,
    retryStrategy: backOff(address.kind === 'standalone' || address.kind === 'socket' ? 500 : 200),
    ...(address.username !== '' && { username: address.username }),
    ...(address.password !== '' && { password: address.password }),
    ...(address.isTls && { tls: tlsOptions(settings.tls) }),
    ...placeOptions(settings),
  };
}

/**
 * For the connection that carries commands: none waits while it is down, and none is sent a second time on the next
 * one, where a kick that was given up would hit those who came since.
 */
export const commandOptions: ClientOptions = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // With 0 the library rejects what is on its way as soon as the connection breaks.
  maxRetriesPerRequest: 0,
};

/** The same options for one server of a Cluster. */
export function optionsAt(settings: ConnectionSettings, { host, port }: HostPort): ClientOptions {
  return { ...clientOptions(settings), host, port };
}

function placeOptions(settings: ConnectionSettings): ClientOptions {
  const { address } = settings;
  switch (address.kind) {
    case 'standalone':
      return {
        host: address.host,
        port: address.port,
        db: address.database,
        family: address.family,
      };
    case 'socket':
      return { path: address.path, db: address.database };
    case 'sentinel':
      return {
        sentinels: address.sentinels.map(({ host, port }) => ({ host, port })),
        name: address.master,
        db: address.database,
        connectTimeout: elsewhereTimeoutMs,
        // Without it a primary that hangs is left only when its connection breaks, which may never be.
        failoverDetector: true,
        sentinelCommandTimeout: sentinelAnswerMs,
        sentinelReconnectStrategy: () => sentinelReconnectMs,
        ...(settings.sentinelUsername && { sentinelUsername: settings.sentinelUsername }),
        ...(settings.sentinelPassword && { sentinelPassword: settings.sentinelPassword }),
        ...(address.isTls && {
          enableTLSForSentinelMode: true,
          sentinelTLS: tlsOptions(settings.tls),
        }),
      };
    case 'cluster':
      return { connectTimeout: elsewhereTimeoutMs };
  }
}

function tlsOptions({ ca, cert, key, serverName }: RedisTls = {}): object {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

function backOff(mostMs: number): (times: number) => number {
  return (times) => Math.min(25 * 2 ** times, mostMs) + Math.random() * (mostMs / 5);
}
