import { type Browser, chromium } from 'playwright-core';
import { chosenProgram } from './chosen-program.ts';

/**
 * Starts the Chromium that the set-up of `npm test` chose, without a window: one for a test file is enough, each test
 * may have a context of its own in it. It ends with the test process, whatever happens to that, because it is
 * led through a pipe. Throws, with its log, when it does not come up.
 */
export function startChromium(): Promise<Browser> {
  const { bin, env } = chosenProgram('chromium');
  return chromium.launch({
    executablePath: bin,
    env: { ...process.env, ...env },
    // It loads our own pages only, and as root or in a container its sandbox cannot start.
    chromiumSandbox: false,
    // Hidden tabs are slow here too.
    ignoreDefaultArgs: [
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
    ],
  });
}
