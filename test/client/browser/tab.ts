import { expect, vi } from 'vitest';
import type { ClientRoom, FarClient, MakeTicket, SetUp, Told } from '../client-host.ts';
import type { DevTools } from './dev-tools.ts';
import type { Answer, FromPage, PageSetUp } from './page-words.ts';

/** An exception on the page. */
interface Thrown {
  readonly text: string;
  readonly exception?: { readonly description?: string };
}

function textOf({ text, exception }: Thrown): string {
  return exception?.description ?? text;
}

/** A tab with our page in it. */
export class Tab implements Pick<ClientRoom, 'open'> {
  readonly tools: DevTools;
  /** What must not happen on a page and did. */
  readonly troubles: string[] = [];
  readonly #clients: { readonly told: Told[]; readonly makeTicket: MakeTicket | undefined }[] = [];
  #readies = 0;

  private constructor(tools: DevTools) {
    this.tools = tools;
    tools.on('Runtime.bindingCalled', ({ payload }: { payload: string }) => {
      this.#hear(JSON.parse(payload) as FromPage);
    });
    tools.on('Runtime.exceptionThrown', ({ exceptionDetails }: { exceptionDetails: Thrown }) => {
      this.troubles.push(textOf(exceptionDetails));
    });
  }

  /** Loads the page at `url` and waits until its script has run, with a clock that is so wrong. */
  static async open(tools: DevTools, url: string, clockOffMs = 0): Promise<Tab> {
    const tab = new Tab(tools);
    await tools.send('Page.enable');
    await tools.send('Runtime.enable');
    await tools.send('Runtime.addBinding', { name: 'gatehouseTell' });
    if (clockOffMs !== 0) {
      const source = wrongClock.replaceAll('OFF', String(clockOffMs));
      await tools.send('Page.addScriptToEvaluateOnNewDocument', { source });
    }
    await tools.send('Page.navigate', { url });
    await tab.#isReady(1);
    return tab;
  }

  /** Loads the page anew; its clients are gone. */
  async reload(): Promise<void> {
    const next = this.#readies + 1;
    await this.tools.send('Page.reload');
    await this.#isReady(next);
  }

  /** Makes a client on the page. */
  async open(options: SetUp): Promise<FarClient> {
    const { makeTicket } = options;
    const told: Told[] = [];
    const id = this.#clients.push({ told, makeTicket }) - 1;
    const setUp: PageSetUp = { ...options, hasTicketMaker: makeTicket !== undefined };
    await this.run('open', id, setUp);
    const call: FarClient['call'] = async (method, ...args) => {
      const answer = (await this.run('call', id, method, args)) as Answer;
      // As the SDK does it where no border is crossed: an object with the fields of its error.
      if ('error' in answer) throw answer.error as Error;
      return answer.value as never;
    };
    return { told, call };
  }

  /** Calls one of the functions that the page's script offers. */
  run(name: 'open' | 'call' | 'bring', ...args: readonly unknown[]): Promise<unknown> {
    return this.evaluate(`gatehouse.${name}(...${JSON.stringify(args)})`);
  }

  /** The value of an expression on the page, as JSON has it; waits for promises. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.tools.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value?: unknown }; exceptionDetails?: Thrown };
    if (exceptionDetails !== undefined) throw new Error(textOf(exceptionDetails));
    return result.value;
  }

  #hear(words: FromPage): void {
    if (words.kind === 'ready') this.#readies++;
    else if (words.kind === 'trouble') this.troubles.push(words.text);
    else if (words.kind === 'told') this.#clients[words.client]?.told.push(words.told);
    else this.#bring(words).catch((error: unknown) => this.troubles.push(String(error)));
  }

  async #bring({ client, request, userID, reason }: FromPage & { kind: 'ticket' }): Promise<void> {
    const ticket = await this.#clients[client]?.makeTicket?.({ userID, reason });
    await this.run('bring', request, ticket ?? null);
  }

  async #isReady(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.#readies, this.troubles.join()).toBe(count), {
      timeout: 15_000,
      interval: 10,
    });
  }
}

/** Runs before the scripts of the page. */
const wrongClock = `{
  const right = Date.now.bind(Date);
  globalThis.Date = class extends Date {
    constructor(...args) { super(...(args.length === 0 ? [right() + OFF] : args)); }
    static now() { return right() + OFF; }
  };
  const origin = performance.timeOrigin + OFF;
  Object.defineProperty(performance, 'timeOrigin', { get: () => origin });
}`;
