import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';
import { startChromium } from '../support/chromium.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { PlaygroundPage, type DeviceCard } from './playground-page.ts';

describe('the playground in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  let gateway: GatewayProcess;
  let playground: PlaygroundPage;
  let [first, second, friend] = [] as unknown as [DeviceCard, DeviceCard, DeviceCard];
  const pageUrl = (): string => `${gateway.url.replace('ws', 'http')}/`;

  beforeAll(async () => {
    [browser, gateway] = await Promise.all([
      startChromium(),
      // Without the bound of kick wars: all tests have the same alice.
      GatewayProcess.start({
        flags: ['--dev', '--evictions-burst', '0', '--presence-hold-s', '0'],
      }),
    ]);
    await vi.waitFor(() => expect(gateway.stdout).toContain('second-device'));
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.kill();
  });
  beforeEach(async () => {
    playground = await PlaygroundPage.open(browser, pageUrl());
    [first, second, friend] = [playground.device(0), playground.device(1), playground.device(2)];
  });
  afterEach(async () => {
    const { problems, origins } = playground;
    const facts = await playground.page.evaluate(() =>
      fetch('/playground.json').then((answer) => answer.json()),
    );
    expect(problems).toEqual([]);
    expect(playground.page.url()).toBe(pageUrl());
    const own = [new URL(pageUrl()).origin, (facts as { apiUrl: string }).apiUrl];
    expect([...origins].filter((origin) => !own.includes(origin))).toEqual([]);
    await playground.close();
  });

  it('kicks a device when the same user logs in on another, and says by whom', async () => {
    await first.logIn();
    await second.logIn();
    await first.is('Kicked');
    await first.says(/kicked by web, instance office \(multipleAccount\)/);
    await first.logs('kickedOffline', 'byInstanceId "office"');
    await first.logs('kicked', 'kickType "multipleAccount"');
    await first.logs('socket', 'is closed with 4500 kicked');
  });

  it('shows frames both ways by name and number, and no ticket in full', async () => {
    await first.logIn();
    await first.logs('login', /type 1, seq 1.*userSig \S{4}… \(\d+ characters\)/);
    await first.logs('loggedIn', /type 33, seq 1.*sessionId/);
    expect(await playground.page.content()).not.toMatch(/eJ[\w*-]{12}/);
    await first.root.getByRole('radio', { name: 'Events' }).check();
    expect(await first.root.getByText('loggedIn', { exact: true }).isVisible()).toBe(false);
    await first.root.getByRole('button', { name: 'Clear' }).click();
    expect(await first.root.getByRole('listitem').count()).toBe(0);
  });

  it('lets a ticket end, and renews it', async () => {
    await first.takeShortTickets();
    await first.logIn();
    await first.root.getByText(/ticket ends in [1-4] s/).waitFor();
    await first.is('Ticket expired');
    await first.logs('ticketExpiring');
    await first.logs('userSigExpired', 'graceMs 60000');
    await first.button('Renew').click();
    await first.is('Online');
    await first.logs('renewed');
  });

  it('fetches new tickets by itself where it may', async () => {
    await first.takeShortTickets();
    await first.root.getByLabel('Fetch new tickets by itself').check();
    await first.logIn();
    await first.logs('getTicket', 'login');
    await first.logs('renewed');
    await first.logs('getTicket', 'expiring');
  });

  it('comes back from a network that refuses or is reset, with its watches', async () => {
    await friend.logIn();
    await friend.button('Watch').click();
    await friend.root.getByText('offline', { exact: true }).waitFor();
    await friend.network('Refuse');
    await friend.is('Reconnecting');
    await first.logIn();
    await friend.network('Normal');
    await friend.is('Online');
    await friend.root.getByText('online on web').first().waitFor();
    await friend.root.getByRole('button', { name: 'Reset' }).click();
    await friend.logs('disconnected', '1006');
    await friend.is('Online');
  });

  it('tells a device that came back that it was kicked while away', async () => {
    await first.logIn();
    await first.network('Refuse');
    await first.is('Reconnecting');
    await second.logIn();
    await first.network('Normal');
    await first.is('Kicked');
    await first.logs('kickedOffline', 'whileAway true');
  });

  it('finds a network that swallows everything', async () => {
    // The page's own clock: half a minute of silence need not be waited for.
    const { clock } = playground.page;
    await clock.install();
    await playground.page.reload();
    await first.logIn();
    await first.network('Black hole');
    await first.logs('network', 'swallows');
    await clock.runFor(31_000);
    await first.is('Reconnecting');
    await first.network('Normal');
    await first.logs('network', 'well again');
    await clock.runFor(15_000);
    await first.is('Online');
  });

  it('switches the account, logs out and repeats a login', async () => {
    await first.logIn();
    await first.button('Log in again').click();
    await first.logs('loggedIn', 'repeatLogin true');
    await first.field('User').fill('carol');
    await first.button('Switch to carol').click();
    await first.says(/^carol, session/);
    await first.button('Log out').click();
    await first.is('Logged out');
    await first.logs('loggedOut');
  });

  it('shows the status of users live, and asks for it once', async () => {
    await first.logIn();
    await friend.logIn();
    await friend.button('Watch').click();
    await friend.root.getByText('online on web', { exact: true }).first().waitFor();
    await first.field('Own status').fill('at lunch');
    await first.button('Set').click();
    await friend.root.getByText('online on web — at lunch', { exact: true }).first().waitFor();
    await friend.root.getByRole('button', { name: 'Watch alice no longer' }).click();
    await friend.logs('unwatched');
    await friend.field('Other users').fill('alice, nobody');
    await friend.button('Query').click();
    await friend.root.getByText('asked once').first().waitFor();
    expect(await friend.root.getByText('asked once').count()).toBe(2);
  });

  it('is told by words what is wrong with what it was given', async () => {
    await first.logIn();
    await first.field('Other users').fill('a b c d'.repeat(40));
    await first.button('Watch').click();
    await first.logs('watch', /6017|100/);
    await first.field('User').fill('not a user');
    await first.root.getByRole('button', { name: /^Switch to/ }).click();
    await first.is('Online');
  });

  it('takes no text for HTML, and runs no script but its own', async () => {
    const { page, problems, origins } = playground;
    const inject = page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b>')");
    await expect(inject).rejects.toThrow(/TrustedHTML/);
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('img'), { src: 'http://127.0.0.1:1/' }))",
    );
    await vi.waitFor(() => expect(problems.join()).toContain('img-src'));
    problems.length = 0;
    origins.clear();
  });

  it('adds devices and takes them away', async () => {
    await playground.page.getByRole('button', { name: 'Add a device' }).click();
    const fourth = playground.device(3);
    await fourth.logIn();
    await fourth.root.getByRole('button', { name: /^Remove/ }).click();
    await vi.waitFor(async () => expect(await playground.page.getByRole('region').count()).toBe(3));
  });

  it('can be used with the keyboard alone, and tells what happens to those who listen', async () => {
    const { keyboard } = playground.page;
    const focused = () =>
      playground.page.evaluate<string>("document.activeElement?.textContent ?? ''");
    await first.field('User').focus();
    await keyboard.press('Enter');
    await first.is('Online');
    expect(await playground.page.getByRole('status').textContent()).toMatch(
      /^alice on laptop: Online/,
    );
    // From the first field to the log and out of it again, nothing holds the focus.
    for (let n = 0; n < 60 && !(await focused()).startsWith('Add a device'); n++) {
      await keyboard.press('Shift+Tab');
    }
    expect(await focused()).toBe('Add a device');
    await first.root.getByRole('radio', { name: 'Normal' }).focus();
    await keyboard.press('ArrowRight');
    await first.is('Reconnecting');
  });

  it("takes tickets that were pasted, for an operator's own app", async () => {
    const [sdkAppId, secret] = [1_400_000_001, 'a-key-of-this-test'];
    const own = await GatewayProcess.start({
      flags: ['--dev'],
      env: { GATEHOUSE_APP: `${sdkAppId}:${secret}` },
    });
    await vi.waitFor(() => expect(own.stdout).toContain('second-device'));
    const page = await PlaygroundPage.open(browser, own.url.replace('ws', 'http'));
    try {
      await page.page.getByText('paste one of yours').waitFor();
      const device = page.device(0);
      const issuedAt = Math.floor(Date.now() / 1000);
      const order = { sdkAppId, secret, userId: 'alice', expireS: 600, issuedAt };
      await device.field('Ticket').fill('not a ticket');
      await device.button('Log in').click();
      await device.root.getByText('Refused', { exact: true }).waitFor();
      await device.field('Ticket').fill(makeUserSig(order));
      await device.logIn();
    } finally {
      await page.close();
      await own.kill();
    }
  });

  it.each([1280, 390, 320])('fits into %i pixels', async (width) => {
    await playground.page.setViewportSize({ width, height: 800 });
    await playground.page.getByText('Things to try').click();
    await first.logIn();
    const room = await playground.page.evaluate('document.documentElement.scrollWidth');
    expect(room).toBe(width);
  });

  it('is light or dark as the system has it, or as somebody chose', async () => {
    const { page } = playground;
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.getByRole('radio', { name: 'Light' }).check();
    expect(await ground()).toBe(light);
    await page.reload();
    expect(await ground()).toBe(light);
    await page.getByRole('radio', { name: 'Auto' }).check();
    expect(await ground()).toBe(dark);
  });
});
