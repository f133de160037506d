import type { Browser } from 'playwright-core';

/** The developer tools of a tab, or of the whole browser: commands and events of Chromium's protocol for them. */
export interface DevTools {
  send(command: string, fields?: object): Promise<unknown>;
  on(event: string, listener: (fields: never) => void): void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: object;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Those of the whole browser. */
export async function browserTools(browser: Browser): Promise<DevTools> {
  return (await browser.newBrowserCDPSession()) as unknown as DevTools;
}

/** Those of a tab that nobody else looks after, led through those of the browser. */
export class TabTools implements DevTools {
  readonly #browser: DevTools;
  readonly #sessionId: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners: { readonly event: string; readonly listener: (fields: never) => void }[] =
    [];
  #sent = 0;

  private constructor(browser: DevTools, sessionId: string) {
    this.#browser = browser;
    this.#sessionId = sessionId;
    browser.on(
      'Target.receivedMessageFromTarget',
      ({ sessionId: from, message }: { sessionId: string; message: string }) => {
        if (from === sessionId) this.#hear(JSON.parse(message) as Message);
      },
    );
  }

  static async attach(browser: DevTools, targetId: string): Promise<TabTools> {
    const answer = await browser.send('Target.attachToTarget', { targetId, flatten: false });
    return new TabTools(browser, (answer as { sessionId: string }).sessionId);
  }

  async send(command: string, fields: object = {}): Promise<unknown> {
    const id = ++this.#sent;
    const answered = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    const message = JSON.stringify({ id, method: command, params: fields });
    await this.#browser.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${command}: ${error.message}`);
    return result;
  }

  on(event: string, listener: (fields: never) => void): void {
    this.#listeners.push({ event, listener });
  }

  #hear(message: Message): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
      return;
    }
    for (const { event, listener } of this.#listeners) {
      if (event === message.method) listener(message.params as never);
    }
  }
}
