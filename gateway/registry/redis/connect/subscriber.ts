import net from 'node:net';
import tls from 'node:tls';
import { AbstractConnector, Redis } from 'ioredis';
import type { ConnectionSettings, HostPort } from './address.ts';
import { clientOptions, type ClientOptions } from './client-options.ts';

/**
 * The connection that listens. On a Cluster an ordinary message reaches every server, so any of them will do: each
 * attempt takes another one of `places`.
 */
export function makeSubscriber(
  settings: ConnectionSettings,
  places: () => readonly HostPort[],
): Redis {
  const options = clientOptions(settings);
  return new Redis({
    ...options,
    ...(settings.address.kind === 'cluster' && { Connector: connectorTo(places, options) }),
    maxRetriesPerRequest: null,
    // NodeChannel subscribes again itself: it needs the acknowledgement, which ioredis keeps to itself.
    autoResubscribe: false,
  });
}

function connectorTo(
  places: () => readonly HostPort[],
  { tls: tlsOptions, disconnectTimeout = 0 }: ClientOptions,
): NonNullable<ClientOptions['Connector']> {
  let turn = Math.floor(Math.random() * 1000);
  return class extends AbstractConnector {
    constructor() {
      super(disconnectTimeout);
    }

    override connect(): Promise<net.Socket> {
      this.connecting = true;
      const all = places();
      turn += 1;
      const { host, port } = all[turn % all.length] ?? { host: '127.0.0.1', port: 6379 };
      const at = { ...tlsOptions, host, port };
      const stream = tlsOptions === undefined ? net.connect(at) : tls.connect(at);
      this.stream = stream;
      stream.once('error', (error) => {
        this.firstError = error;
      });
      return Promise.resolve(stream);
    }
  };
}
