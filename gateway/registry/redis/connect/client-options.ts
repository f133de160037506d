import type { RedisOptions } from 'ioredis';
import type { ConnectionSettings, HostPort, RedisTls } from './address.ts';
import { connectorTo, disconnectTimeoutMs, sentinelConnector, type Place } from './connectors.ts';

/** What a client of ioredis is made with. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;

const connectTimeoutMs = 2000;
/** Where others can be asked, a silent one is not waited for as long. */
const elsewhereTimeoutMs = 1000;
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
export function optionsAt(settings: ConnectionSettings, place: HostPort): ClientOptions {
  return optionsToAny(settings, () => place);
}

/** The same options for whichever server `next` names at each attempt. */
export function optionsToAny(settings: ConnectionSettings, next: () => Place): ClientOptions {
  const tls = settings.address.isTls ? tlsOptions(settings.tls) : undefined;
  return { ...clientOptions(settings), Connector: connectorTo(next, tls) };
}

function placeOptions(settings: ConnectionSettings): ClientOptions {
  const { address } = settings;
  const tls = address.isTls ? tlsOptions(settings.tls) : undefined;
  switch (address.kind) {
    case 'standalone': {
      const { host, port, family, database } = address;
      return { Connector: connectorTo(() => ({ host, port, family }), tls), db: database };
    }
    case 'socket': {
      const { path, database } = address;
      return { Connector: connectorTo(() => ({ path }), tls), db: database };
    }
    case 'sentinel':
      return {
        Connector: sentinelConnector(tls),
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
        ...(tls !== undefined && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
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
