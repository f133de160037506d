import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from '../../support/chromium.ts';
import type { ClientHost, ClientRoom, FarClient, SetUp } from '../client-host.ts';
import { browserTools, type DevTools } from './dev-tools.ts';
import { HideableTab } from './hideable-tab.ts';
import { PageServer } from './page-server.ts';
import { Tab } from './tab.ts';

/** A profile of the browser, new and empty: its tabs share storage as those of one user do. */
export class ChromiumRoom implements ClientRoom {
  readonly pages: PageServer;
  readonly #context: BrowserContext;
  readonly #tools: DevTools;
  readonly #tabs: Tab[] = [];
  readonly #hideable: HideableTab[] = [];

  constructor(pages: PageServer, context: BrowserContext, tools: DevTools) {
    this.pages = pages;
    this.#context = context;
    this.#tools = tools;
  }

  /** A client in a tab of its own. */
  async open(setUp: SetUp): Promise<FarClient> {
    const tab = await this.tab(this.pages.url(), setUp.clockOffMs);
    return tab.open(setUp);
  }

  async tab(url = this.pages.url(), clockOffMs = 0): Promise<Tab> {
    return this.#lead(await this.#context.newPage(), url, clockOffMs);
  }

  /** A tab that the page of another has opened: it begins with a copy of what that one has in its session storage. */
  async copyOf(tab: Tab): Promise<Tab> {
    const [page] = await Promise.all([
      this.#context.waitForEvent('page'),
      tab.evaluate('void open("about:blank")'),
    ]);
    return this.#lead(page, this.pages.url(), 0);
  }

  /** A tab outside this profile that can be hidden and frozen. */
  async hideable(): Promise<HideableTab> {
    const hideable = await HideableTab.open(this.#tools, this.pages.url());
    this.#hideable.push(hideable);
    this.#tabs.push(hideable.tab);
    return hideable;
  }

  async close(): Promise<void> {
    await this.#context.close();
    for (const hideable of this.#hideable) await hideable.close();
    const troubles = this.#tabs.flatMap((tab) => tab.troubles);
    if (troubles.length > 0) throw new Error(`on the page: ${troubles.join('\n')}`);
  }

  async #lead(page: Page, url: string, clockOffMs: number): Promise<Tab> {
    const tools = (await this.#context.newCDPSession(page)) as unknown as DevTools;
    const tab = await Tab.open(tools, url, clockOffMs);
    this.#tabs.push(tab);
    return tab;
  }
}

/** Clients on pages of a real browser, which a server of ours brings. */
export class ChromiumHost implements ClientHost<ChromiumRoom> {
  readonly name = 'Chromium';
  readonly #browser: Browser;
  readonly #tools: DevTools;
  readonly #pages: PageServer;

  private constructor(browser: Browser, tools: DevTools, pages: PageServer) {
    this.#browser = browser;
    this.#tools = tools;
    this.#pages = pages;
  }

  static async start(): Promise<ChromiumHost> {
    const [browser, pages] = await Promise.all([startChromium(), PageServer.start()]);
    return new ChromiumHost(browser, await browserTools(browser), pages);
  }

  get origin(): string {
    return this.#pages.origin;
  }

  async room(): Promise<ChromiumRoom> {
    return new ChromiumRoom(this.#pages, await this.#browser.newContext(), this.#tools);
  }

  /** Stops the pages in their tracks for a while, as a device that sleeps: time goes on, and what arrives waits. */
  async sleep(forMs: number, meanwhile: () => void): Promise<void> {
    const { processInfo } = (await this.#tools.send('SystemInfo.getProcessInfo')) as {
      processInfo: { readonly type: string; readonly id: number }[];
    };
    const pages = processInfo.filter(({ type }) => type === 'renderer');
    for (const { id } of pages) process.kill(id, 'SIGSTOP');
    meanwhile();
    await new Promise((resolve) => setTimeout(resolve, forMs));
    for (const { id } of pages) process.kill(id, 'SIGCONT');
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#pages.stop();
  }
}
