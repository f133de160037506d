/** A place on the network. */
export interface HostPort {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What every kind of address may carry. */
interface Credentials {
  /** Empty: the user `default`. */
  readonly username: string;
  /** Empty: none. */
  readonly password: string;
  readonly isTls: boolean;
}

/** One server, which is always the primary. */
export interface StandaloneAddress extends Credentials, HostPort {
  readonly kind: 'standalone';
  readonly database: number;
  /** 4 or 6: only such addresses of the name; 0: whichever comes. */
  readonly family: 0 | 4 | 6;
}

/** One server of the same machine, by the path of its socket. */
export interface SocketAddress extends Credentials {
  readonly kind: 'socket';
  readonly path: string;
  readonly database: number;
}

/** Whatever server the Sentinels name as the primary of `master`. */
export interface SentinelAddress extends Credentials {
  readonly kind: 'sentinel';
  readonly sentinels: readonly HostPort[];
  readonly master: string;
  readonly database: number;
}

/** A Cluster, of which some servers are known. */
export interface ClusterAddress extends Credentials {
  readonly kind: 'cluster';
  readonly nodes: readonly HostPort[];
}

/** Where Redis is. */
export type RedisAddress = StandaloneAddress | SocketAddress | SentinelAddress | ClusterAddress;

/** How TLS is spoken; every part in PEM. What is left out is Node's default. */
export interface RedisTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name the certificates of all servers bear, where it is not that of the address. */
  readonly serverName?: string;
}

/** Where Redis is and how long a call may take. */
export interface ConnectionSettings {
  readonly address: RedisAddress;
  readonly tls?: RedisTls;
  /** For the Sentinels themselves; `address` has what the data servers want. Empty: none. */
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  readonly commandTimeoutMs: number;
  /** How the connections are called in CLIENT LIST. */
  readonly name: string;
}
