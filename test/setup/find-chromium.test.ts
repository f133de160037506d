import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChromium } from '../support/chromium.ts';
import { Checkout } from './checkout.ts';

describe('the search for a Chromium', () => {
  let checkout: Checkout;
  const find = ['scripts/find-chromium.mjs'];
  const choice = (): unknown => JSON.parse(checkout.read('.cache/chromium.json'));

  beforeEach(() => {
    checkout = new Checkout();
  });
  afterEach(() => checkout.remove());

  it.each([
    ['Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)', 'Chromium 156.0.8078.79'],
    ['Google Chrome 155.0.1.2 ', 'Chrome 155.0.1.2'],
    ['Google Chrome for Testing 150.0.1.2', 'Chrome 150.0.1.2'],
  ])('takes the one that CHROMIUM_BIN names: %s', (answer, version) => {
    const bin = checkout.program('own/my-browser', `echo "${answer}"`);
    const run = checkout.node(find, { CHROMIUM_BIN: bin });
    expect(run.status, run.stderr).toBe(0);
    expect(choice()).toEqual({ source: 'env', bin, env: {}, version });
    expect(run.stdout).toBe('');
  });

  it('refuses a named one that does not work instead of using another', () => {
    const bin = checkout.program('own/my-browser', 'echo "no snap here" >&2; exit 1');
    const run = checkout.node(find, { CHROMIUM_BIN: bin });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('CHROMIUM_BIN does not name a Chromium that runs');
    expect(run.stderr).toContain('no snap here');
    expect(checkout.has('.cache/chromium.json')).toBe(false);
  });

  it('passes over programs on PATH that are too old, broken or another browser', () => {
    checkout.program(
      'old/chromium-headless-shell',
      'echo "Chromium 90.0.4430.212 built on Debian"',
    );
    checkout.program('broken/chromium-headless-shell', 'exit 127');
    checkout.program('other/chromium', 'echo "Mozilla Firefox 140.0"');
    const PATH = ['old', 'broken', 'other'].map((name) => checkout.path(name)).join(':');
    const run = checkout.node(find, { PATH, GATEHOUSE_CHROMIUM_SOURCE: 'path' });
    // This machine may have one in the usual folders, which are looked at last.
    if (run.status !== 0) expect(run.stderr).toMatch(/is Chromium 90.*, older than/);
    else expect(choice()).not.toMatchObject({ bin: expect.stringContaining(checkout.folder) });
  });

  it('finds one that runs on this machine and renders a page', async () => {
    const run = checkout.node(find);
    expect(run.status, run.stderr).toBe(0);
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.setContent('<title>hello</title>');
      expect(await page.title()).toBe('hello');
    } finally {
      await browser.close();
    }
  });
});
