import type { Dialogue } from './dialogue.ts';
import { LoginSocket, type LoginListener } from './login-socket.ts';
import type { Target } from './target.ts';

/** How a load is run. */
export interface LoadPlan {
  readonly target: Target;
  /** Most logins under way at a time. */
  readonly concurrency: number;
  /** Source addresses, used in turn: one address has some 28,000 ports to connect from. */
  readonly addresses: readonly string[];
  /** Whether connections stay open after their login. */
  readonly keep: boolean;
}

/** What one generator process did in one phase; latencies in microseconds, one a login that succeeded. */
export interface LoadResult {
  /** From the start of the connection to the answer of the login. */
  readonly loginUs: readonly number[];
  /** From the login frame to its answer. */
  readonly answerUs: readonly number[];
  /** How often each thing went wrong. */
  readonly failures: Readonly<Record<string, number>>;
  /** CPU time of the generator, in microseconds. */
  readonly cpuUs: number;
}

/** A login that takes longer is given up. */
const patienceMs = 30_000;

/** Logs users in, as many at a time as the plan allows, each as soon as another one has finished. */
export class Load implements LoginListener {
  readonly #messages: readonly Buffer[];
  readonly #plan: LoadPlan;
  readonly #dialogue: Dialogue;
  readonly #underWay = new Set<LoginSocket>();
  readonly #kept = new Set<LoginSocket>();
  readonly #loginUs: number[] = [];
  readonly #answerUs: number[] = [];
  readonly #failures: Record<string, number> = {};
  #started = 0;
  #finished = 0;
  #lost = 0;
  #resolve: () => void = () => undefined;

  constructor(messages: readonly Buffer[], plan: LoadPlan, dialogue: Dialogue) {
    this.#messages = messages;
    this.#plan = plan;
    this.#dialogue = dialogue;
  }

  /** Logins that have succeeded or failed so far. */
  get finished(): number {
    return this.#finished;
  }

  /** Runs until every user is in or has failed. */
  async run(): Promise<LoadResult> {
    const cpuBefore = process.cpuUsage();
    const watch = setInterval(() => this.#giveUpSlow(), 1000);
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      if (this.#messages.length === 0) resolve();
      while (this.#underWay.size < this.#plan.concurrency && this.#startOne());
    });
    clearInterval(watch);
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      loginUs: this.#loginUs,
      answerUs: this.#answerUs,
      failures: this.#failures,
      cpuUs: user + system,
    };
  }

  /** Ends the connections that are still open; returns how many had ended by themselves after their login. */
  drop(): number {
    for (const socket of this.#kept) socket.cut();
    this.#kept.clear();
    return this.#lost;
  }

  loggedIn(socket: LoginSocket): void {
    this.#loginUs.push((socket.loggedInAt - socket.startedAt) * 1000);
    this.#answerUs.push((socket.loggedInAt - socket.sentAt) * 1000);
    if (this.#plan.keep) this.#kept.add(socket);
    else socket.cut();
    this.#next(socket);
  }

  failed(socket: LoginSocket, why: string): void {
    this.#failures[why] = (this.#failures[why] ?? 0) + 1;
    this.#next(socket);
  }

  lost(socket: LoginSocket): void {
    this.#kept.delete(socket);
    this.#lost += 1;
  }

  #next(socket: LoginSocket): void {
    this.#underWay.delete(socket);
    this.#finished += 1;
    if (this.#finished === this.#messages.length) this.#resolve();
    else this.#startOne();
  }

  /** False when all have been started. */
  #startOne(): boolean {
    const message = this.#messages[this.#started];
    if (message === undefined) return false;
    const { addresses, target } = this.#plan;
    const socket = new LoginSocket(message, this, this.#dialogue);
    this.#underWay.add(socket);
    socket.open(target, addresses[this.#started % addresses.length]);
    this.#started += 1;
    return true;
  }

  #giveUpSlow(): void {
    const limit = performance.now() - patienceMs;
    for (const socket of this.#underWay) if (socket.startedAt < limit) socket.ended('no answer');
  }
}
