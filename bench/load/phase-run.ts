import { monotonicMs } from './clock.ts';
import type { Ground, Member } from './member.ts';
import type { Notes } from './notes.ts';
import type { PhaseOrder, Share } from './plan.ts';
import { startDue } from './start-due.ts';

/** A login that takes longer is given up. */
const patienceMs = 15_000;

/** One phase at one generator: its share of the logins, each when it is due. */
export class PhaseRun {
  readonly #order: PhaseOrder;
  readonly #share: Share;
  readonly #members: readonly Member[];
  readonly #notes: Notes;
  readonly #underWay = new Set<Member>();
  /** Number of the next login without a rate, of all generators together. */
  #next: number;
  #left: number;
  #resolve: () => void = () => undefined;

  /** `members` are the generator's share of the crew, in order. */
  constructor(order: PhaseOrder, share: Share, members: readonly Member[], notes: Notes) {
    this.#order = order;
    this.#share = share;
    this.#members = members;
    this.#notes = notes;
    this.#next = share.index;
    this.#left = Math.max(0, Math.ceil((order.logins - share.index) / share.count));
  }

  /** Resolves when every login has ended. */
  async run(ground: Ground): Promise<void> {
    if (this.#left === 0) return;
    const { pace, logins: count } = this.#order;
    ground.finish = (member) => this.#finish(member);
    const watch = setInterval(() => this.#giveUpSlow(), 1000);
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      if (pace.kind === 'rate')
        startDue({ ...pace, count }, this.#share, this.#notes, (i, dueAtMs) =>
          this.#start(i, dueAtMs),
        );
      else this.#startMore();
    });
    clearInterval(watch);
  }

  #startMore(): void {
    const { pace, logins } = this.#order;
    if (pace.kind !== 'atOnce') return;
    const { count } = this.#share;
    const most = Math.max(1, Math.round(pace.most / Math.min(count, pace.generators ?? count)));
    while (this.#next < logins && this.#underWay.size < most) {
      const login = this.#next;
      this.#next += count;
      this.#start(login, monotonicMs());
    }
  }

  #start(login: number, dueAtMs: number): void {
    const { first, sources } = this.#order;
    const { index, count } = this.#share;
    const place = first + login;
    const own = Math.floor(place / count) % this.#members.length;
    const member = this.#members[own];
    if (member === undefined) throw new Error(`there is no member ${place}`);
    const source = sources === 0 ? undefined : `127.0.${index + 1}.${1 + (own % sources)}`;
    this.#underWay.add(member);
    member.logIn(this.#order, place, dueAtMs, source);
  }

  #finish(member: Member): void {
    if (!this.#underWay.delete(member)) return;
    this.#notes.finished += 1;
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
    else if (this.#order.pace.kind === 'atOnce') this.#startMore();
  }

  #giveUpSlow(): void {
    const limit = performance.now() - patienceMs;
    for (const { socket } of this.#underWay)
      if (socket !== undefined && socket.startedAt < limit) socket.ended('no answer');
  }
}
