import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageOf } from '../../bench/report/page.ts';
import { startChromium } from '../support/chromium.ts';
import { sampleReport } from './sample-report.ts';

describe('the page of a report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await startChromium()));
  afterAll(() => browser.close());

  it.each(['light', 'dark'] as const)('is drawn whole and loads nothing, %s', async (scheme) => {
    const page = await browser.newPage({
      colorScheme: scheme,
      viewport: { width: 420, height: 900 },
    });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => said.push(request.url()));
    await page.setContent(pageOf(sampleReport(), sampleReport()));
    expect(said).toEqual([]);
    const boxes = await page
      .locator('svg')
      .evaluateAll((all) => all.map((svg) => svg.getBoundingClientRect().height));
    expect(boxes).toHaveLength(6);
    expect(Math.min(...boxes)).toBeGreaterThan(30);
    // Neither curves nor tables make a narrow window scroll sideways.
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(420);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(18, 22, 27)');
    await page.close();
  });
});
