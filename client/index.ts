import { Client } from './client.ts';
import type { ClientOptions } from './settings.ts';

/**
 * Makes a client of a gateway; it connects at the first login.
 * @throws GatehouseError 2998 where there is no WebSocket: give it one
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

export type { KickType } from '../protocol/kick-types.ts';
export type { Platform } from '../protocol/platforms.ts';
export type { PresenceState } from '../protocol/presence-fields.ts';
export type { Client, OfApp, OfUser } from './client.ts';
export type {
  ClientEvents,
  EventName,
  ListenOptions,
  LoginStatus,
  LogoutReason,
} from './events.ts';
export { GatehouseError, type Retry } from './gatehouse-error.ts';
export type { QueryResult, RefusedUser, Watch, WatchResult } from './presence.ts';
export type { MessageReceived, OutgoingMessage, SentMessage } from './messages.ts';
export type { LoginOptions, LoginResult } from './login-options.ts';
export type { ClientOptions, Timing } from './settings.ts';
export {
  MemoryStore,
  type Conversation,
  type Message,
  type Store,
  type StoreLimits,
  type StorePage,
} from './store.ts';
export type { GetTicket, TicketRequest } from './ticket-source.ts';
export type { UserStatus } from './user-status.ts';
export type { WebSocketClass, WebSocketLike } from './web-socket.ts';
