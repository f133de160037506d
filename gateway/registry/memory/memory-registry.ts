import type { KickType } from '../../../protocol/frames.ts';
import type {
  KickedSession,
  KickTarget,
  LoginOutcome,
  LoginRequest,
  Registry,
  RegistryHealth,
  RegistryListener,
  SessionRecord,
  SessionRef,
  UpdateOutcome,
  UserRef,
} from '../port.ts';
import { RegistryCounters } from '../counters.ts';
import { MemoryStore } from './memory-store.ts';

/** The embedded registry: the same promises as the one in Redis, for the nodes of one process. */
export class MemoryRegistry implements Registry {
  readonly nodeId: string;
  readonly counters = new RegistryCounters();
  readonly #store: MemoryStore;
  #isStarted = false;

  constructor(nodeId: string, store: MemoryStore = new MemoryStore()) {
    this.nodeId = nodeId;
    this.#store = store;
  }

  start(listener: RegistryListener): Promise<void> {
    this.#store.listen(this.nodeId, listener);
    this.#isStarted = true;
    return Promise.resolve();
  }

  login(request: LoginRequest): Promise<LoginOutcome> {
    return Promise.resolve(this.#store.login(this.nodeId, request));
  }

  logout(session: SessionRef): Promise<UpdateOutcome> {
    return Promise.resolve(this.#store.logout(session) ? 'done' : 'absent');
  }

  renew(session: SessionRef, ticketEndsAt: number): Promise<UpdateOutcome> {
    return Promise.resolve(this.#store.renew(session, ticketEndsAt) ? 'done' : 'absent');
  }

  kick(user: UserRef, target: KickTarget, type: KickType): Promise<readonly KickedSession[]> {
    return Promise.resolve(this.#store.kick(user, target, type));
  }

  sessions(user: UserRef): Promise<readonly SessionRecord[]> {
    return Promise.resolve(this.#store.sessions(user));
  }

  health(): RegistryHealth {
    return this.#isStarted
      ? { ready: true, reasons: [], isAuditing: false, leaseLeftMs: Infinity }
      : {
          ready: false,
          reasons: ['the embedded registry has not been started'],
          isAuditing: false,
          leaseLeftMs: Infinity,
        };
  }

  stop(): Promise<void> {
    this.#isStarted = false;
    this.#store.leave(this.nodeId);
    return Promise.resolve();
  }
}
