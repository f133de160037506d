import type { Browser, BrowserContext } from 'playwright-core';
import { startChromium } from '../../support/chromium.ts';
import type { ClientHost, ClientRoom, FarClient, SetUp } from '../client-host.ts';
import { PageServer } from './page-server.ts';
import { Tab, type DevTools } from './tab.ts';

/** A profile of the browser, new and empty: its tabs share storage as those of one user do. */
export class ChromiumRoom implements ClientRoom {
  readonly pages: PageServer;
  readonly #context: BrowserContext;
  readonly #tabs: Tab[] = [];

  constructor(pages: PageServer, context: BrowserContext) {
    this.pages = pages;
    this.#context = context;
  }

  /** A client in a tab of its own. */
  async open(setUp: SetUp): Promise<FarClient> {
    const tab = await this.tab(this.pages.url(), setUp.clockOffMs);
    return tab.client(setUp);
  }

  async tab(url = this.pages.url(), clockOffMs = 0): Promise<Tab> {
    const session = await this.#context.newCDPSession(await this.#context.newPage());
    return this.add(await Tab.open(session as unknown as DevTools, url, clockOffMs));
  }

  /** A tab that was opened otherwise is looked after too. */
  add(tab: Tab): Tab {
    this.#tabs.push(tab);
    return tab;
  }

  async close(): Promise<void> {
    await this.#context.close();
    const troubles = this.#tabs.flatMap((tab) => tab.troubles);
    if (troubles.length > 0) throw new Error(`on the page: ${troubles.join('\n')}`);
  }
}

/** Clients on pages of a real browser, which a server of ours brings. */
export class ChromiumHost implements ClientHost<ChromiumRoom> {
  readonly name = 'Chromium';
  readonly #browser: Browser;
  readonly #pages: PageServer;

  private constructor(browser: Browser, pages: PageServer) {
    this.#browser = browser;
    this.#pages = pages;
  }

  static async start(): Promise<ChromiumHost> {
    return new ChromiumHost(await startChromium(), await PageServer.start());
  }

  get origin(): string {
    return this.#pages.origin;
  }

  async room(): Promise<ChromiumRoom> {
    return new ChromiumRoom(this.#pages, await this.#browser.newContext());
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#pages.stop();
  }
}
