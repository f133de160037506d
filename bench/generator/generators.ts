import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DialogueName } from './dialogue.ts';
import type { BenchApp } from './frames.ts';
import type { Target } from './target.ts';
import type { LoadResult } from './load.ts';
import type { GeneratorAnswer, GeneratorRequest, UserSet } from './messages.ts';

const script = fileURLToPath(new URL('./process.js', import.meta.url));

/** Source addresses of each generator process: the gateway caps the logins under way from one at 1000. */
const addressesEach = 8;

/** One phase of load, over all generator processes together. */
export interface LoadOrder {
  readonly set: UserSet;
  /** How the server is spoken to; for each the set must have been prepared. */
  readonly dialogue: DialogueName;
  readonly target: Target;
  /** Most logins under way at a time, in total. */
  readonly concurrency: number;
  readonly keep: boolean;
  /** Hears now and then how many logins have finished. */
  readonly onProgress: (finished: number) => void;
}

/** The load generator processes of one run of the bench. */
export class Generators {
  readonly #children: readonly ChildProcess[];

  /** Starts them. */
  constructor(count: number) {
    this.#children = Array.from({ length: count }, () =>
      fork(script, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
  }

  /** Deals users out and has their tickets and messages made, once for all rounds. */
  async prepare(
    app: BenchApp,
    set: UserSet,
    size: number,
    dialogue: DialogueName = 'gatehouse',
  ): Promise<void> {
    const count = this.#children.length;
    const userIds = Array.from({ length: size }, (_, i) => `${set}-${String(i).padStart(7, '0')}`);
    await this.#askAll((i) => ({
      ask: 'prepare',
      set,
      dialogue,
      app,
      userIds: userIds.filter((_, user) => user % count === i),
    }));
  }

  /** Logs all users of a set in; one result a process. */
  async run(order: LoadOrder): Promise<readonly LoadResult[]> {
    const { set, dialogue, target, keep, onProgress } = order;
    const count = this.#children.length;
    const finished = Array.from({ length: count }, () => 0);
    const listeners = this.#children.map((child, i) => {
      const listener = (message: GeneratorAnswer): void => {
        if (message.answer !== 'progress') return;
        finished[i] = message.finished;
        onProgress(finished.reduce((a, b) => a + b));
      };
      child.on('message', listener);
      return listener;
    });
    const answers = await this.#askAll((i) => ({
      ask: 'run',
      set,
      dialogue,
      plan: {
        target,
        keep,
        concurrency: Math.max(1, Math.round(order.concurrency / count)),
        addresses: Array.from({ length: addressesEach }, (_, n) => `127.0.${i + 1}.${n + 1}`),
      },
    }));
    this.#children.forEach((child, i) => child.off('message', listeners[i] as () => void));
    return answers.flatMap((answer) => (answer.answer === 'done' ? [answer.result] : []));
  }

  /** Ends all connections; returns how many had been lost after their login. */
  async drop(): Promise<number> {
    const answers = await this.#askAll(() => ({ ask: 'drop' }));
    return answers.reduce((lost, it) => lost + (it.answer === 'dropped' ? it.lost : 0), 0);
  }

  /** Ends the processes. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #askAll(requestOf: (i: number) => GeneratorRequest): Promise<GeneratorAnswer[]> {
    return Promise.all(this.#children.map((child, i) => ask(child, requestOf(i))));
  }
}

/** Rejects when the process ends instead of answering. */
function ask(child: ChildProcess, request: GeneratorRequest): Promise<GeneratorAnswer> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: GeneratorAnswer): void => {
      if (message.answer === 'progress') return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(message);
    };
    const onExit = (): void => reject(new Error('a load generator process ended by itself'));
    child.on('message', onMessage);
    child.once('exit', onExit);
    child.send(request);
  });
}
