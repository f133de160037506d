import type { KickType } from '../protocol/kick-types.ts';
import type { GatehouseError } from './gatehouse-error.ts';
import type { MessageReceived } from './messages.ts';
import type { UserStatus } from './user-status.ts';

/** Whether somebody is logged in. It stays `loggedIn` while a lost link is being mended. */
export type LoginStatus = 'loggedIn' | 'loggingIn' | 'loggedOut';

/** Why nobody is logged in any more. All but `logout` and `destroyed` came from outside. */
export type LogoutReason =
  /** The application logged out. */
  | 'logout'
  /** It destroyed the client. */
  | 'destroyed'
  /** Another login or the app's back end ended the session; `kickedOffline` says more. */
  | 'kicked'
  /** The same instance logged in on another connection. */
  | 'replaced'
  /** The ticket ended and there is no other. */
  | 'expired'
  /** The gateway refuses for good, or the login came to nothing; `error` says why. */
  | 'refused';

/** Every event by name, with what its listeners get. */
export interface ClientEvents {
  /** A connection is being made: the `attempt`th since the last one that held. */
  readonly connecting: { readonly attempt: number };
  /** The link is up and the user logged in on it. `isReturn`: not for the first time since login(). */
  readonly connected: {
    readonly userID: string;
    readonly sessionId: string;
    readonly isReturn: boolean;
  };
  /** A link that was up is lost, or could not be made. The SDK comes back after `retryInMs`; null: it does not. */
  readonly disconnected: {
    /** The WebSocket's close code; 1006 for a link that broke. */
    readonly closeCode: number;
    readonly retryInMs: number | null;
    readonly error: GatehouseError;
  };
  /** The session was ended by somebody else. Nothing follows until the application logs in. */
  readonly kickedOffline: {
    readonly userID: string;
    /** `unknown`: the reason got lost with the link. */
    readonly type: KickType | 'unknown';
    /** Platform and instance that logged in; empty where no login did it. */
    readonly byPlatform: string;
    readonly byInstanceId: string;
    /** Unix seconds by the gateway's clock; 0 when unknown. */
    readonly kickedAt: number;
    /** True when it happened while this client had no link. */
    readonly whileAway: boolean;
  };
  /** The ticket ends in `leftMs`. With `getTicket` the SDK renews it by itself, else call renew(). */
  readonly userSigExpiring: { readonly userID: string; readonly leftMs: number };
  /** The ticket has ended. Without a new one within `graceMs` the session ends; 0: it has. */
  readonly userSigExpired: { readonly userID: string; readonly graceMs: number };
  /** Watched users, or the own one, have another status now; never an older one than was told before. */
  readonly statusChanged: { readonly statuses: readonly UserStatus[] };
  /** The app's back end, or another user, has sent something; each once, in order. Nothing is sent to who is away. */
  readonly messageReceived: MessageReceived;
  /** The answer of getLoginStatus() has changed. */
  readonly loginStatusChanged: {
    readonly status: LoginStatus;
    /** Whom it is about. */
    readonly userID: string;
    /** Why, for `loggedOut`. */
    readonly reason?: LogoutReason;
    readonly error?: GatehouseError;
  };
  /** Something the application should know and no promise tells. */
  readonly error: GatehouseError;
}

/** The name of an event. */
export type EventName = keyof ClientEvents;

/** How long a listener stays. */
export interface ListenOptions {
  /** Aborting it takes the listener away. */
  readonly signal?: AbortSignal;
}

type Listener<N extends EventName> = (event: ClientEvents[N]) => void;

/** Calls listeners, in the order in which they came. */
export class Emitter {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>();

  /** Adds a listener; the function it gives back takes it away. */
  on<N extends EventName>(name: N, listener: Listener<N>, { signal }: ListenOptions = {}) {
    if (signal?.aborted === true) return () => undefined;
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // An entry of its own, so that the same function may be added twice and taken away once.
    const entry: Listener<N> = (event) => listener(event);
    const off = (): void => {
      listeners.delete(entry);
      signal?.removeEventListener('abort', off);
    };
    listeners.add(entry);
    signal?.addEventListener('abort', off);
    return off;
  }

  /** The next event of this name; rejects with the signal's reason when that is aborted before. */
  once<N extends EventName>(name: N, { signal }: ListenOptions = {}): Promise<ClientEvents[N]> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        off();
        reject(signal?.reason);
      };
      if (signal?.aborted === true) return reject(signal.reason);
      const off = this.on(name, (event) => {
        off();
        signal?.removeEventListener('abort', abort);
        resolve(event);
      });
      signal?.addEventListener('abort', abort);
    });
  }

  emit<N extends EventName>(name: N, event: ClientEvents[N]): void {
    // A copy: a listener may add or take away others.
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      try {
        (listener as Listener<N>)(event);
      } catch (error) {
        // A bug of the application is not the SDK's to swallow, and must not stop it half-way.
        setTimeout(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
