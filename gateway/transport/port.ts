import type { OpenSession } from '../session/outbound.ts';
import type { TransportCounters } from './counters.ts';
import type { FindPage } from './pages.ts';

/** The back ends: uWebSockets.js (native) or `ws` (JavaScript). */
export type TransportKind = 'uws' | 'ws';

/** How the public port is served. */
export interface TransportOptions {
  /** Address or name to listen on. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM files; without them the port speaks plain ws://. */
  readonly tls?: TlsFiles;
  /** Origins of web pages that may connect, each scheme://host[:port]; `*` for any. Without an Origin header: always. */
  readonly origins: readonly string[];
  /** Largest message of a client; a larger one ends the connection (rule FRAME-5). */
  readonly maxFrameBytes: number;
  /** Frames a client may send at a stretch; one more ends the connection (rule CONN-8). */
  readonly frameBurst: number;
  /** How many more it may send in each second after that. */
  readonly framesPerS: number;
  /** Most connections that have not logged in yet, in total. */
  readonly maxPending: number;
  /** The same for one address (IPv6: one /64). */
  readonly maxPendingPerAddress: number;
  /** Whether a login within the handshake is taken (rule CONN-10). */
  readonly handshakeLogin: 'allow' | 'off';
  /** A peer silent for so long, pings included, is ended: 8 to 960, kept to within some seconds. */
  readonly idleTimeoutS: number;
  /** A peer that leaves more than this unread misses the next frame and is ended. */
  readonly maxBufferedBytes: number;
  /** False lets further processes listen on the same port, where the back end can (uws; ws from Node 23.1). */
  readonly exclusivePort: boolean;
}

/** Paths of a certificate chain and its key, both PEM. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Where a transport writes what an operator must see; a pino logger fits. */
export interface TransportLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a transport is given beside its options. */
export interface TransportParts {
  readonly openSession: OpenSession;
  readonly log: TransportLog;
  /** Answers plain requests; left out, the port has nothing but the WebSocket. */
  readonly findPage?: FindPage;
}

/** Where a transport listens. */
export interface Listening {
  readonly host: string;
  readonly port: number;
}

/** The public port: accepts WebSockets and joins each to a session. Two back ends pass one suite. */
export interface Transport {
  readonly kind: TransportKind;
  /** Read at scrape time; only the transport writes. */
  readonly counters: TransportCounters;
  /** Connections open now. */
  readonly openCount: number;
  /** Of these, those not yet logged in. */
  readonly pendingCount: number;
  /** Binds the port. Rejects with words for an operator when that fails (port in use, certificate unreadable). */
  listen(): Promise<Listening>;
  /** Closes the listener; handshakes still under way get 503. Open connections live on. Safe to call again. */
  stopAccepting(): void;
  /** Stops accepting and ends every connection with 4000; resolves when all sessions have been told. Safe to call again. */
  close(): Promise<void>;
}
