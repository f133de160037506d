import { keepsNothing } from '../pushes.ts';
import { retention } from '../retention.ts';
import { AccountBook } from './account-book.ts';
import { BackEndActs } from './back-end-acts.ts';
import { Endings } from './endings.ts';
import { MemoryEvents } from './memory-events.ts';
import { MemoryHold } from './memory-hold.ts';
import { MemoryLogins } from './memory-logins.ts';
import { MemoryPushes } from './memory-pushes.ts';
import { MemoryStatuses } from './memory-statuses.ts';
import { Nodes } from './nodes.ts';
import type { MemoryStoreSettings } from './store-settings.ts';
import { TrafficBook } from './traffic-book.ts';
import { UserBook } from './user-book.ts';
import { Watchers } from './watchers.ts';

/**
 * The registry's data in the memory of one process. One store may serve several nodes of that process, as in
 * tests. Every call to a part of it is one atomic step; notifications leave it later, in order.
 */
export class MemoryStore {
  readonly accounts = new AccountBook();
  readonly traffic = new TrafficBook();
  readonly nodes = new Nodes();
  readonly events: MemoryEvents;
  readonly book: UserBook;
  readonly hold: MemoryHold;
  readonly acts: BackEndActs;
  readonly logins: MemoryLogins;
  readonly statuses: MemoryStatuses;
  readonly pushes: MemoryPushes;

  /** `nowMs` tells Unix milliseconds. */
  constructor(nowMs: () => number = Date.now, settings: MemoryStoreSettings = {}) {
    const { pushOnlineS = 7 * 24 * 3600, revocationLifeS = retention.revocationLifeS } = settings;
    const { accounts, traffic, nodes } = this;
    const watchers = new Watchers(nodes);
    const events = new MemoryEvents(settings.events ?? new Map());
    const book = new UserBook({ watchers, nowMs, pushOnlineS });
    const endings = new Endings(nodes, events);
    this.events = events;
    this.book = book;
    this.hold = new MemoryHold(settings.policies ?? new Map(), book, endings);
    this.acts = new BackEndActs(book, endings, revocationLifeS);
    const policies = this.hold.table;
    const shared = { book, nodes, events };
    this.logins = new MemoryLogins({
      ...shared,
      policies,
      endings,
      acts: this.acts,
      accounts,
      traffic,
    });
    this.statuses = new MemoryStatuses({ ...shared, watchers });
    this.pushes = new MemoryPushes({
      nodes,
      find: (user) => book.find(user),
      nowMs,
      keeping: settings.keeping ?? keepsNothing,
    });
  }
}
