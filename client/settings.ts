import type { Platform } from '../protocol/platforms.ts';
import { takeInstanceId } from './instance-id.ts';
import type { Store } from './store.ts';
import { MemoryStore } from './store.ts';
import { findWebSocket, type WebSocketClass } from './web-socket.ts';

/** How long things may take, in milliseconds. The defaults are for the internet; tests use shorter ones. */
export interface Timing {
  /** A connection to be made: 10,000. */
  readonly connectWithinMs: number;
  /** A request to be answered: 15,000. */
  readonly answerWithinMs: number;
  /** login() to succeed, tries included: 30,000. */
  readonly loginWithinMs: number;
  /** getTicket to bring a ticket: 30,000. */
  readonly ticketWithinMs: number;
  /** logout() to hear from the gateway: 5,000. */
  readonly logoutWithinMs: number;
  /** Silence after which the link is tested: 20,000. */
  readonly pingAfterMs: number;
  /** The answer to that test: 10,000. */
  readonly pongWithinMs: number;
  /** Range of the first wait before coming back; each further one has twice the range: 1,000. */
  readonly backOffFirstMs: number;
  /** Longest range of such a wait: 30,000. */
  readonly backOffLongestMs: number;
  /** A link that held so long was a good one: the next wait has the first range again: 5,000. */
  readonly steadyMs: number;
}

/** What a client is made with. */
export interface ClientOptions {
  /** Address of the gateway, `wss://` or `ws://`. Never put a ticket into it. */
  readonly url: string;
  /** The app the users belong to. */
  readonly sdkAppId: number;
  /** What the client runs on, by which the login policy counts; `web` if left out. */
  readonly platform?: Platform;
  /**
   * This installed client, 1-64 of `A-Za-z0-9_-`. Left out: in browsers one for each tab, which a reload keeps; elsewhere
   * a new one each time, so an installed application should make one once and keep it.
   */
  readonly instanceId?: string;
  /** The class to connect with, where there is no global one (Node 20: `WebSocket` of the package `ws`). */
  readonly WebSocket?: WebSocketClass;
  /**
   * Whether to log in within the handshake, which saves a round trip; true if left out. The ticket then travels in the request header
   * Sec-WebSocket-Protocol, which no proxy should log.
   */
  readonly handshakeLogin?: boolean;
  /** Where conversations and messages are kept; in memory if left out. */
  readonly store?: Store;
  readonly timing?: Partial<Timing>;
}

/** The options with their defaults. */
export interface Settings {
  readonly url: string;
  readonly sdkAppId: number;
  readonly platform: Platform;
  readonly instanceId: string;
  /** Lets another client have the instanceId, where the SDK has made it. */
  readonly giveBackInstanceId: () => void;
  readonly WebSocket: WebSocketClass;
  readonly handshakeLogin: boolean;
  readonly store: Store;
  readonly timing: Timing;
}

const defaults: Timing = {
  connectWithinMs: 10_000,
  answerWithinMs: 15_000,
  loginWithinMs: 30_000,
  ticketWithinMs: 30_000,
  logoutWithinMs: 5000,
  pingAfterMs: 20_000,
  pongWithinMs: 10_000,
  backOffFirstMs: 1000,
  backOffLongestMs: 30_000,
  steadyMs: 5000,
};

/** Fills in what the application left out. Throws GatehouseError 2998 where there is no WebSocket. */
export function settle(options: ClientOptions): Settings {
  // First: a client that cannot be made takes no id.
  const WebSocket = findWebSocket(options.WebSocket);
  const { id, giveBack } =
    options.instanceId === undefined
      ? takeInstanceId()
      : { id: options.instanceId, giveBack: () => undefined };
  return {
    url: options.url,
    sdkAppId: options.sdkAppId,
    platform: options.platform ?? 'web',
    instanceId: id,
    giveBackInstanceId: giveBack,
    WebSocket,
    handshakeLogin: options.handshakeLogin ?? true,
    store: options.store ?? new MemoryStore(),
    timing: { ...defaults, ...options.timing },
  };
}
