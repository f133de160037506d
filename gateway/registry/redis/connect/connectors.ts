import net from 'node:net';
import tls from 'node:tls';
import { AbstractConnector, SentinelConnector } from 'ioredis';
import type { Redis, RedisOptions, SentinelConnectionOptions } from 'ioredis';

/** What the sockets of ioredis are made by. */
export type Connector = NonNullable<RedisOptions['Connector']>;

/** Where a socket leads. */
export type Place =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly family?: number };

type Endpoint = { readonly host?: string; readonly port?: number };

/** A peer that stands still never answers the polite end of a connection. */
export const disconnectTimeoutMs = 50;

/**
 * Connects to the place that `next` names for each attempt, over TLS if there are options of it. A TLS socket may fail
 * twice (our refusal of a certificate, then the peer's answer to it), and ioredis listens once: the second
 * error would end the process.
 */
export function connectorTo(next: () => Place, tlsOptions: object | undefined): Connector {
  return class extends AbstractConnector {
    constructor() {
      super(disconnectTimeoutMs);
    }

    override connect(): Promise<net.Socket> {
      this.connecting = true;
      const at = next();
      const stream =
        tlsOptions === undefined ? net.connect(at) : tls.connect({ ...tlsOptions, ...at });
      this.stream = stream;
      stream.on('error', (error) => {
        this.firstError = error;
      });
      return Promise.resolve(stream);
    }
  };
}

/** Connects to the primary that the Sentinels name, with the same care for the sockets, theirs included. */
export function sentinelConnector(sentinelTls: object | undefined): Connector {
  return class extends SentinelConnector {
    constructor(options: unknown) {
      super(options as SentinelConnectionOptions);
      // ioredis keeps this method to itself, and gives no other way to the sockets it opens to Sentinels.
      const own = this as unknown as { connectToSentinel(at: Endpoint, more?: object): Redis };
      const connectTo = own.connectToSentinel.bind(this);
      own.connectToSentinel = (at, more) => {
        const place = { host: at.host ?? 'localhost', port: at.port ?? 26_379 };
        return connectTo(at, { ...more, Connector: connectorTo(() => place, sentinelTls) });
      };
    }

    override async connect(tell: (type: string, error: Error) => void): Promise<net.Socket> {
      const stream = await super.connect(tell);
      stream.on('error', () => undefined);
      return stream;
    }
  };
}
