// npm run docs:playground: takes the pictures of the playground, docs/playground.png and docs/playground-dark.png.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlaygroundPage } from '../test/playground/playground-page.ts';
import { startChromium } from '../test/support/chromium.ts';
import { GatewayProcess } from '../test/support/gateway-process.ts';
import { until } from '../test/support/until.ts';

const folder = fileURLToPath(new URL('../docs/', import.meta.url));

const browser = await startChromium();
const gateway = await GatewayProcess.start({ flags: ['--dev'] });
try {
  await until('the playground', async () => gateway.stdout.includes('playground http'));
  const playground = await PlaygroundPage.open(browser, gateway.url.replace('ws', 'http'), {
    viewport: { width: 1280, height: 400 },
    colorScheme: 'light',
  });
  await act(playground);
  const { page } = playground;
  // Off the button that was clicked last.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, 'playground.png'), fullPage: true });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: join(folder, 'playground-dark.png'), fullPage: true });
} finally {
  await browser.close();
  await gateway.kill();
}

/** Alice is at lunch and logs in on a second device with a short ticket, while bob watches her. */
async function act(playground: PlaygroundPage): Promise<void> {
  const [laptop, office, phone] = [0, 1, 2].map((n) => playground.device(n));
  if (laptop === undefined || office === undefined || phone === undefined) return;
  await laptop.logIn();
  await phone.logIn();
  await phone.button('Watch').click();
  await laptop.field('Own status').fill('at lunch');
  await laptop.button('Set').click();
  await phone.root.getByText('online on web — at lunch', { exact: true }).first().waitFor();
  await office.root.getByRole('combobox', { name: 'Ticket holds' }).selectOption('60');
  await office.logIn();
  await laptop.is('Kicked');
  await laptop.logs('socket', '4500');
}
