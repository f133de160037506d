import {
  createClient,
  GatehouseError,
  type Client,
  type ClientEvents,
  type EventName,
  type Platform,
  type UserStatus,
} from '../client/index.ts';
import * as conditions from './condition.ts';
import type { Condition } from './condition.ts';
import { DeviceLink } from './device-link.ts';
import { eventText } from './event-text.ts';
import type { SeenFrame } from './frame-reader.ts';
import type { NetworkMode, PlaygroundServer } from './server.ts';
import { tappedSocket, type SocketNews } from './tapped-socket.ts';
import { entryOf, type Entry } from './wire-log.ts';

/** Who logs in on what, and with which ticket. */
export interface LoginWish {
  readonly userID: string;
  readonly platform: Platform;
  readonly instanceId: string;
  readonly ticket: TicketWish;
}

/** A ticket made for this login, now or whenever the SDK asks; or one that somebody brought. */
export type TicketWish =
  | { readonly kind: 'made'; readonly expireS: number; readonly renews: boolean }
  | { readonly kind: 'brought'; readonly userSig: string };

/** A user whose status is shown. */
export interface KnownUser {
  readonly status: UserStatus;
  /** Whether changes are told; else it was asked for once. */
  readonly isWatched: boolean;
}

/** How long the present ticket holds. */
export interface TicketLife {
  readonly endsAtMs: number;
  readonly lifeMs: number;
}

/** Who hears of a device. */
export interface DeviceListener {
  /** Something of what it shows has changed. */
  changed(): void;
  logged(entry: Entry): void;
}

const eventNames: readonly EventName[] = [
  'connecting',
  'connected',
  'disconnected',
  'kickedOffline',
  'userSigExpiring',
  'userSigExpired',
  'statusChanged',
  'loginStatusChanged',
  'error',
];

/** One device of one user: an SDK client of its own and a network of its own. */
export class Device {
  condition: Condition = conditions.loggedOut;
  ticket: TicketLife | undefined;
  readonly users = new Map<string, KnownUser>();
  readonly #server: PlaygroundServer;
  readonly #listener: DeviceListener;
  readonly #link: DeviceLink;
  #client: Client | undefined;
  /** What the client was made with. */
  #madeFor = '';
  #session = { userID: '', sessionId: '' };

  constructor(server: PlaygroundServer, listener: DeviceListener) {
    this.#server = server;
    this.#listener = listener;
    this.#link = new DeviceLink(server);
  }

  /** Empty when nobody is logged in. */
  get userID(): string {
    return this.#client?.getLoginUser() ?? '';
  }

  get isReady(): boolean {
    return this.#client?.isReady() ?? false;
  }

  /** Whether somebody is logged in or about to be: then platform and instance stand. */
  get isTaken(): boolean {
    return (this.#client?.getLoginStatus() ?? 'loggedOut') !== 'loggedOut';
  }

  login(wish: LoginWish): Promise<void> {
    return this.#do('login', async () => {
      const client = await this.#clientFor(wish);
      await client.login({ userID: wish.userID, ...(await this.#tickets(wish)) });
    });
  }

  logout(): Promise<void> {
    return this.#do('logout', async () => this.#client?.logout());
  }

  renew(ticket: TicketWish): Promise<void> {
    return this.#do('renew', async () =>
      this.#client?.renew(await this.#bring(this.userID, ticket)),
    );
  }

  setStatus(text: string): Promise<void> {
    return this.#do('setStatus', async () => this.#client?.setStatus(text));
  }

  watch(userIds: readonly string[]): Promise<void> {
    return this.#do('watch', async () => {
      const result = await this.#client?.watch(userIds);
      for (const { userID } of result?.dropped ?? []) this.users.delete(userID);
      this.#showUsers(result?.statuses ?? [], true);
      this.#tellRefused(result?.refused ?? []);
    });
  }

  unwatch(userID: string): Promise<void> {
    return this.#do('unwatch', async () => {
      if (this.users.get(userID)?.isWatched === true) await this.#client?.unwatch([userID]);
      this.users.delete(userID);
    });
  }

  query(userIds: readonly string[]): Promise<void> {
    return this.#do('query', async () => {
      const result = await this.#client?.query(userIds);
      this.#showUsers(result?.statuses ?? [], false);
      this.#tellRefused(result?.refused ?? []);
    });
  }

  setNetwork(mode: NetworkMode): Promise<void> {
    return this.#do('network', async () => {
      await this.#link.setMode(mode);
      this.#log({ kind: 'event', name: 'network', text: networkTexts[mode] });
    });
  }

  resetNetwork(): Promise<void> {
    return this.#do('network', async () => {
      await this.#link.reset();
      this.#log({ kind: 'event', name: 'network', text: 'its connections were reset' });
    });
  }

  /** The device is thrown away. */
  destroy(): void {
    this.#client?.destroy();
  }

  async #clientFor({ platform, instanceId }: LoginWish): Promise<Client> {
    const url = await this.#link.url();
    const madeFor = [url, platform, instanceId].join(' ');
    if (this.#client !== undefined && this.#madeFor === madeFor) return this.#client;
    this.#client?.destroy();
    const client = createClient({
      url,
      sdkAppId: this.#server.facts.sdkAppId,
      platform,
      instanceId,
      WebSocket: tappedSocket((news) => this.#onSocket(news)),
    });
    for (const name of eventNames) client.on(name, (event) => this.#onEvent(client, name, event));
    this.#client = client;
    this.#madeFor = madeFor;
    return client;
  }

  async #tickets({ userID, ticket }: LoginWish) {
    if (ticket.kind === 'brought' || !ticket.renews) {
      return { userSig: await this.#bring(userID, ticket) };
    }
    const getTicket = ({ reason }: { reason: string }): Promise<string> => {
      this.#log({ kind: 'event', name: 'getTicket', text: reason });
      return this.#bring(userID, ticket);
    };
    return { getTicket };
  }

  async #bring(userID: string, ticket: TicketWish): Promise<string> {
    return ticket.kind === 'brought' ? ticket.userSig : this.#server.ticket(userID, ticket.expireS);
  }

  /** Does what the user asked; what went wrong is told in the log, and by the condition where nobody is logged in. */
  async #do(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#log({ kind: 'problem', name, text: message });
      if (!this.isTaken && !(error instanceof GatehouseError)) {
        this.condition = conditions.failed(message);
      }
    }
    this.#listener.changed();
  }

  #onSocket(news: SocketNews): void {
    const { entry, frame } = entryOf(news);
    this.#log(entry);
    if (frame !== undefined) this.#onFrame(frame);
  }

  /** The SDK keeps the time of its ticket to itself; the frames have it. */
  #onFrame({ name, fields }: SeenFrame): void {
    if (name !== 'loggedIn' && name !== 'renewed') return;
    const lifeMs = (Number(fields.get('ticketEndsAt')) - Number(fields.get('serverTime'))) * 1000;
    this.ticket = { endsAtMs: Date.now() + lifeMs, lifeMs };
    if (name === 'renewed') this.condition = conditions.online(this.#session);
    this.#listener.changed();
  }

  #onEvent<N extends EventName>(client: Client, name: N, event: ClientEvents[N]): void {
    // A client that was replaced by one of another instance says goodbye.
    if (client !== this.#client) return;
    this.#log({ kind: 'event', name, text: eventText(event) });
    this.#take({ [name]: event });
    this.#listener.changed();
  }

  #take(event: Partial<ClientEvents>): void {
    const { connected, disconnected, kickedOffline, userSigExpired, statusChanged } = event;
    if (connected !== undefined) {
      this.#session = connected;
      this.condition = conditions.online(connected);
    } else if (disconnected !== undefined && disconnected.retryInMs !== null) {
      this.condition = conditions.reconnecting(disconnected.retryInMs, disconnected.error);
    } else if (kickedOffline !== undefined) this.condition = conditions.kicked(kickedOffline);
    else if (userSigExpired !== undefined && userSigExpired.graceMs > 0) {
      this.condition = conditions.expired(userSigExpired.graceMs);
    } else if (statusChanged !== undefined) this.#showUsers(statusChanged.statuses);
    else if (event.loginStatusChanged !== undefined) this.#takeStatus(event.loginStatusChanged);
  }

  #takeStatus({ status, userID, reason, error }: ClientEvents['loginStatusChanged']): void {
    if (status === 'loggingIn') this.condition = conditions.loggingIn(userID);
    else if (status === 'loggedIn') {
      // Also when the switch to another account has failed: this one still is there.
      if (this.#session.userID === userID) this.condition = conditions.online(this.#session);
      else this.users.clear();
    } else {
      this.condition = conditions.over(reason ?? 'logout', error);
      this.ticket = undefined;
      this.users.clear();
    }
  }

  /** `isWatched` left out: changes of users that are watched, and of the own one, which has no place here. */
  #showUsers(statuses: readonly UserStatus[], isWatched?: boolean): void {
    for (const status of statuses) {
      const known = this.users.get(status.userID);
      if (isWatched === undefined && known === undefined) continue;
      const watched = isWatched === true || known?.isWatched === true;
      this.users.set(status.userID, { status, isWatched: watched });
    }
  }

  #tellRefused(
    refused: readonly { readonly userID: string; readonly error: GatehouseError }[],
  ): void {
    for (const { userID, error } of refused) {
      this.#log({ kind: 'problem', name: userID, text: error.message });
    }
  }

  #log(entry: Entry): void {
    this.#listener.logged(entry);
  }
}

const networkTexts: Readonly<Record<NetworkMode, string>> = {
  normal: 'is well again',
  refuse: 'resets connections and refuses new ones',
  blackhole: 'swallows everything and says nothing',
};
