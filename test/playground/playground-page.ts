import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

/** How a device on the page may be, as its card says. */
export type Condition = 'Online' | 'Kicked' | 'Reconnecting' | 'Ticket expired' | 'Logged out';

/** One card of the page, for a person's eyes and hands. */
export class DeviceCard {
  readonly root: Locator;

  constructor(root: Locator) {
    this.root = root;
  }

  field(label: string): Locator {
    return this.root.getByLabel(label, { exact: true });
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  async logIn(): Promise<void> {
    await this.button('Log in').click();
    await this.is('Online');
  }

  /** Takes tickets of 3 s, which are too short for people. */
  async takeShortTickets(): Promise<void> {
    const choice = this.root.getByRole('combobox', { name: 'Ticket holds' });
    await choice
      .getByRole('option')
      .first()
      .evaluate((option: { value: string }) => {
        option.value = '3';
      });
    await choice.selectOption('3');
  }

  /** Waits until the device is so. */
  async is(condition: Condition): Promise<void> {
    await this.root.getByText(condition, { exact: true }).waitFor();
  }

  /** Waits until its sentence below the name has these words. */
  async says(words: string | RegExp): Promise<void> {
    await this.root.locator('.detail').getByText(words).waitFor();
  }

  /** Waits for a line of the log with this name and these words behind it. */
  async logs(name: string, words: string | RegExp = ''): Promise<void> {
    const named = this.root
      .getByRole('listitem')
      .filter({ has: this.root.page().getByText(name, { exact: true }) });
    await named.filter({ hasText: words }).first().waitFor({ state: 'attached' });
  }

  async network(mode: 'Normal' | 'Refuse' | 'Black hole'): Promise<void> {
    await this.root.getByRole('radio', { name: mode }).check();
  }
}

/** The playground in a browser of its own, with what went wrong on the page. */
export class PlaygroundPage {
  readonly page: Page;
  /** Errors of scripts and breaches of the security policy. */
  readonly problems: string[] = [];
  /** Where the page has fetched anything from. */
  readonly origins = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/.test(message.text()))
        this.problems.push(message.text());
    });
    page.on('request', (request) => this.origins.add(new URL(request.url()).origin));
  }

  /** Opens the page of a gateway and waits until its devices are there. */
  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<PlaygroundPage> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    context.setDefaultTimeout(15_000);
    const playground = new PlaygroundPage(await context.newPage());
    await playground.page.goto(url);
    await playground.device(2).root.waitFor();
    return playground;
  }

  /** The n-th device, from 0. */
  device(n: number): DeviceCard {
    return new DeviceCard(this.page.getByRole('region').nth(n));
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
