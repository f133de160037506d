import { Account } from './account.ts';
import { checkUserIds } from './arguments.ts';
import {
  Emitter,
  type ClientEvents,
  type EventName,
  type ListenOptions,
  type LoginStatus,
} from './events.ts';
import { GatehouseError } from './gatehouse-error.ts';
import type { OutgoingMessage, SentMessage } from './messages.ts';
import { onWake } from './page.ts';
import type { QueryResult, WatchResult } from './presence.ts';
import type { LoginOptions, LoginResult } from './login-options.ts';
import { settle, type ClientOptions, type Settings } from './settings.ts';
import type { Conversation, Message, StorePage } from './store.ts';

/** Users of another app are named with it. */
export interface OfApp {
  /** Left out: the client's own app. */
  readonly sdkAppId?: number;
}

/** Whose cached data is meant. */
export interface OfUser {
  /** Left out: the user of the newest login, whatever became of it. */
  readonly userID?: string;
}

/**
 * A client of a gateway: one user at a time, whom it keeps online until something final happens. Made by
 * `createClient`. Its promises reject with GatehouseError; that of `once` with the reason of its signal.
 */
export class Client {
  readonly #settings: Settings;
  readonly #events = new Emitter();
  readonly #account: Account;
  readonly #stopListening: () => void;
  #isDestroyed = false;

  constructor(options: ClientOptions) {
    this.#settings = settle(options);
    this.#account = new Account(this.#settings, this.#events);
    this.#stopListening = onWake(() => this.#account.wake());
  }

  /**
   * Logs a user in and keeps her online: resolves when the gateway has her, and tries until then, for half a minute. Of
   * another user: switches the account. Of the same: takes the new ticket (`repeatLogin`).
   *
   * Rejects with 7501 while a login runs, which goes on; 7502 while a logout does; the gateway's code where it refuses;
   * 6200 or 6012 where it cannot be reached. Only after 6206 and 70001 it makes sense to try a new ticket by itself.
   */
  login(options: LoginOptions): Promise<LoginResult> {
    return this.#account.login(options);
  }

  /**
   * Ends the session and everything automatic, at once; resolves when the gateway knows, or can be told no more. A login
   * that runs is rejected with 6023. Rejects with 6014 when nobody is logged in, 7502 while another logout runs.
   */
  logout(): Promise<void> {
    return this.#account.logout();
  }

  /** The user who is logged in, also while a lost link is being mended; empty when nobody is. */
  getLoginUser(): string {
    return this.#account.userID;
  }

  /** Whether somebody is logged in; still `loggedIn` while a lost link is being mended. */
  getLoginStatus(): LoginStatus {
    return this.#account.status;
  }

  /** Whether the link is up and the user logged in on it, so that calls to the gateway go through. */
  isReady(): boolean {
    return this.#account.isReady;
  }

  /** Gives the session a new ticket of its user. While the link is being mended: for the login to come. */
  async renew(userSig: string): Promise<void> {
    const session = this.#account.present();
    await session.online?.ask('renew', { userSig });
    session.tickets.take(userSig);
    if (session.online === undefined) session.wake();
  }

  /** Says something of oneself, at most 100 bytes of UTF-8; empty takes it back. It is restored after a lost link. */
  async setStatus(customStatus: string): Promise<void> {
    const { session, link } = this.#account.online();
    await session.presence.setStatus(link, customStatus);
  }

  /** How these users are, and `statusChanged` from now on, also after a lost link: at most 100 a call and 200 in all. */
  async watch(userIds: readonly string[], options: OfApp = {}): Promise<WatchResult> {
    const { session, link } = this.#account.online();
    checkUserIds(userIds);
    return session.presence.watch(link, userIds, this.#appOf(options));
  }

  /** Ends watches; all of them where no user is named. */
  async unwatch(userIds: readonly string[] = [], options: OfApp = {}): Promise<void> {
    const { session, link } = this.#account.online();
    checkUserIds(userIds);
    await session.presence.unwatch(link, userIds, this.#appOf(options));
  }

  /** How these users are, once: at most 500 a call. `withInstances`: the own ones too, if the own user is asked for. */
  async query(
    userIds: readonly string[],
    options: OfApp & { readonly withInstances?: boolean } = {},
  ): Promise<QueryResult> {
    const { session, link } = this.#account.online();
    checkUserIds(userIds);
    const { withInstances = false } = options;
    return session.presence.query(link, userIds, {
      sdkAppId: this.#appOf(options),
      withInstances,
    });
  }

  /**
   * Sends something to a user of the app who is online, where the operator allows it; tells to how many sessions it went, 0
   * where she is not. She hears it as `messageReceived`. At most 20 in 5 s.
   */
  async sendMessage({ userID, topic = '', body }: OutgoingMessage): Promise<SentMessage> {
    const { link } = this.#account.online();
    const { number, sessions } = await link.ask('send', { userId: userID, topic, body });
    return { number, sessions };
  }

  /** Hears an event until the function it gives back is called or the signal aborted. */
  on<N extends EventName>(
    name: N,
    listener: (event: ClientEvents[N]) => void,
    options?: ListenOptions,
  ): () => void {
    return this.#events.on(name, listener, options);
  }

  /** The next event of this name; rejects with the signal's reason when that is aborted before. */
  once<N extends EventName>(name: N, options?: ListenOptions): Promise<ClientEvents[N]> {
    return this.#events.once(name, options);
  }

  /** The conversations that were saved for a user, newest first. Needs no login and no network. */
  getConversationList(page: StorePage & OfUser = {}): Promise<Conversation[]> {
    return stored(() => this.#settings.store.conversations(this.#ownerOf(page), page));
  }

  /** The messages that were saved of a conversation, newest first. Needs no login and no network. */
  getMessageList(conversationId: string, page: StorePage & OfUser = {}): Promise<Message[]> {
    const { store } = this.#settings;
    return stored(() => store.messages(this.#ownerOf(page), conversationId, page));
  }

  /** Keeps conversations of the user who is logged in. Rejects with 6014 without a login. */
  async saveConversationList(conversations: readonly Conversation[]): Promise<void> {
    const owner = this.#ownerOf(this.#account.present());
    await stored(() => this.#settings.store.saveConversations(owner, conversations));
  }

  /**
   * Keeps messages of a conversation of the user who is logged in. Rejects with 6014 without a login, 6017 where the
   * conversation itself is not kept.
   */
  async saveMessageList(conversationId: string, messages: readonly Message[]): Promise<void> {
    const owner = this.#ownerOf(this.#account.present());
    await stored(() => this.#settings.store.saveMessages(owner, conversationId, messages));
  }

  /** Forgets what is kept of a user, or of everybody. Needs no login. */
  clearCache(whose: OfUser | 'everybody' = {}): Promise<void> {
    const owner = whose === 'everybody' ? undefined : this.#ownerOf(whose);
    return stored(() => this.#settings.store.clear(owner));
  }

  /** Ends the session, as a page that is closed does, and the client: it hears, does and tells nothing any more. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#account.destroy();
    this.#settings.giveBackInstanceId();
    this.#stopListening();
    this.#events.clear();
  }

  #appOf({ sdkAppId = this.#settings.sdkAppId }: OfApp): number {
    return sdkAppId;
  }

  #ownerOf({ userID = this.#account.lastUserId }: OfUser): string {
    return `${this.#settings.sdkAppId}/${userID}`;
  }
}

/** Gives what a store gives; its errors become the SDK's. */
async function stored<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new GatehouseError(6017, { message: cause.message, cause });
    throw new GatehouseError(6019, { message: 'the store has failed', cause });
  }
}
