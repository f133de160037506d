import { Tab } from './tab.ts';
import { TabTools, type DevTools } from './dev-tools.ts';

/**
 * A tab that can be hidden and frozen, in a profile of its own. Playwright makes all of its tabs believe that they are
 * looked at, so this one is opened beside it.
 */
export class HideableTab {
  readonly tab: Tab;
  readonly #browser: DevTools;
  readonly #profile: object;

  private constructor(tab: Tab, browser: DevTools, profile: object) {
    this.tab = tab;
    this.#browser = browser;
    this.#profile = profile;
  }

  /** Opens the page at `url`; it is visible. */
  static async open(browser: DevTools, url: string): Promise<HideableTab> {
    const profile = (await browser.send('Target.createBrowserContext')) as object;
    const target = await browser.send('Target.createTarget', { url: 'about:blank', ...profile });
    const { targetId } = target as { targetId: string };
    const tools = await TabTools.attach(browser, targetId);
    // Hidden for good by the one command that hides; from now on it is seen only while it thinks so.
    await tools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await tools.send('Page.setWebLifecycleState', { state: 'active' });
    await tools.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    return new HideableTab(await Tab.open(tools, url), browser, profile);
  }

  /** Somebody looks at another tab: timers run once a second. */
  async hide(): Promise<void> {
    await this.tab.tools.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  }

  async show(): Promise<void> {
    await this.tab.tools.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  }

  /** The browser saves energy: nothing of the page runs, and its sockets are closed. Hidden before and after. */
  async freeze(): Promise<void> {
    await this.hide();
    await this.tab.tools.send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  async thaw(): Promise<void> {
    await this.tab.tools.send('Page.setWebLifecycleState', { state: 'active' });
  }

  /** The device loses its network, and has it again. */
  async blink(): Promise<void> {
    const conditions = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await this.tab.tools.send('Network.enable');
    for (const offline of [true, false]) {
      await this.tab.tools.send('Network.emulateNetworkConditions', { offline, ...conditions });
      await this.tab.evaluate(
        `new Promise((resolve) => {
          const look = () => navigator.onLine === ${!offline} ? resolve() : setTimeout(look, 10);
          look();
        })`,
      );
    }
  }

  async close(): Promise<void> {
    await this.#browser.send('Target.disposeBrowserContext', this.#profile);
  }
}
