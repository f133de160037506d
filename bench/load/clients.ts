import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Recorder } from '../measure/recorder.ts';
import type { TimingName } from '../report/measures.ts';
import type {
  AgentAnswer,
  AgentRequest,
  CrewOrder,
  PhaseOrder,
  PushOrder,
  Samples,
  Share,
  Tally,
} from './plan.ts';

const script = fileURLToPath(new URL('./agent.js', import.meta.url));
const lookMs = 50;
const many = 8;
const smallHeap = ['--max-semi-space-size=2'];
const nothing: Tally = { finished: 0, online: 0, doubled: 0, failures: {}, closings: {}, cpuUs: 0 };

/** All load generator processes of a run, as one. */
export class Clients {
  readonly #children: readonly ChildProcess[];
  readonly #tallies: Tally[];
  readonly #recorder: Recorder;

  /** Starts them; what they time goes to `recorder`. Many keep little room for garbage each. */
  constructor(count: number, recorder: Recorder) {
    this.#recorder = recorder;
    this.#tallies = Array.from({ length: count }, () => nothing);
    this.#children = Array.from({ length: count }, (_, i) => {
      const child = fork(script, {
        execArgv: count > many ? smallHeap : [],
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child.on('message', (message: AgentAnswer) => {
        if (message.answer !== 'news') return;
        this.#tallies[i] = message.tally;
        this.#take(message.samples);
      });
      return child;
    });
  }

  /** Has the members of a crew made, with their tickets. */
  async prepare(order: CrewOrder): Promise<void> {
    await this.#askAll((share) => ({ ask: 'prepare', order, share }));
  }

  /** Lets a crew log in; resolves when every login has ended. */
  async run(order: PhaseOrder): Promise<void> {
    const count = this.#children.length;
    const { generators = count } = order.pace.kind === 'atOnce' ? order.pace : {};
    let next = 0;
    const takeTurns = async (): Promise<void> => {
      for (let index = next++; index < count; index = next++) {
        const child = this.#children[index] as ChildProcess;
        await ask(child, { ask: 'run', order, share: { index, count } });
      }
    };
    await Promise.all(Array.from({ length: Math.min(count, generators) }, takeTurns));
  }

  /** Lets a back end push; resolves when every call was answered. */
  async push(order: PushOrder): Promise<void> {
    await this.#askAll((share) => ({ ask: 'push', order, share }));
  }

  /** From now on `back` and `told` are reckoned from `atMs` of `monotonicMs`. */
  async mark(atMs: number): Promise<void> {
    await this.#askAll(() => ({ ask: 'mark', atMs }));
  }

  /** Ends all connections. */
  async drop(): Promise<void> {
    await this.#askAll(() => ({ ask: 'drop' }));
  }

  /** Waits until `isSo`, for `patienceMs` at most; false when it was in vain. */
  async until(isSo: () => boolean, patienceMs: number): Promise<boolean> {
    const limit = performance.now() + patienceMs;
    while (!isSo()) {
      if (performance.now() > limit) return false;
      await delay(lookMs);
    }
    return true;
  }

  /** How it stands at all of them together. */
  get tally(): Tally {
    const sum = (read: (it: Tally) => number): number =>
      this.#tallies.reduce((total, it) => total + read(it), 0);
    return {
      finished: sum((it) => it.finished),
      online: sum((it) => it.online),
      doubled: sum((it) => it.doubled),
      failures: added(this.#tallies.map((it) => it.failures)),
      closings: added(this.#tallies.map((it) => it.closings)),
      cpuUs: sum((it) => it.cpuUs),
    };
  }

  /** The processes. */
  get pids(): readonly number[] {
    return this.#children.flatMap(({ pid }) => pid ?? []);
  }

  /** CPU time of each so far, in microseconds. */
  get cpuUsEach(): readonly number[] {
    return this.#tallies.map((it) => it.cpuUs);
  }

  /** Stops the processes in their tracks: their connections stay as they are. */
  freeze(): void {
    for (const child of this.#children) child.kill('SIGSTOP');
  }

  /** Ends the processes. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #take(samples: Samples): void {
    for (const [name, list] of Object.entries(samples)) {
      for (let i = 0; i + 1 < list.length; i += 2)
        this.#recorder.record(name as TimingName, list[i] as number, list[i + 1] as number);
    }
  }

  async #askAll(requestFor: (share: Share) => AgentRequest): Promise<void> {
    const count = this.#children.length;
    await Promise.all(
      this.#children.map((child, index) => ask(child, requestFor({ index, count }))),
    );
  }
}

/** Rejects when the process ends instead of answering. */
function ask(child: ChildProcess, request: AgentRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: AgentAnswer): void => {
      if (message.answer !== 'done') return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve();
    };
    const onExit = (): void => reject(new Error('a load generator process ended by itself'));
    child.on('message', onMessage);
    child.once('exit', onExit);
    child.send(request);
  });
}

function added(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of all) {
    for (const [name, count] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}
