/** How the certificate of a target is looked at. */
export interface TlsWish {
  /** The name in the certificate; undefined: the address. */
  readonly serverName: string | undefined;
  /** Certificates (PEM) that are trusted; undefined: Node's own list. */
  readonly ca: string | undefined;
  /** False: any certificate is good. */
  readonly isChecked: boolean;
}

/** Where sockets connect. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** What the `Host` of the handshake says; undefined: address and port. */
  readonly name?: string;
  /** Path and query of the WebSocket, where it is not that of the dialogue. */
  readonly path?: string;
  /** Undefined: no TLS. */
  readonly tls?: TlsWish;
}
