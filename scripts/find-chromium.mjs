import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareProgram } from './find-program.mjs';
import { cacheFolder, say } from './messages.mjs';

/** Older ones lack what the tests and the package that drives them ask for. */
const oldestMajor = 120;
/** Debian's smallest Chromium: no window, no desktop packages. */
const packages = ['chromium-headless-shell'];

/** @type {import('./find-program.mjs').Wanted} */
const chromium = {
  noun: 'Chromium',
  name: 'chromium',
  folder: path.join(cacheFolder, 'chromium'),
  nameVariable: 'CHROMIUM_BIN',
  sourceVariable: 'GATEHOUSE_CHROMIUM_SOURCE',
  programs: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
  places: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  installed: packages,
  unpacked: packages,
  // Not the script in usr/bin, which names the program by its place in the system.
  bin: 'usr/lib/chromium/chromium-headless-shell',
  advice:
    (process.platform === 'darwin'
      ? 'brew install --cask chromium'
      : 'as root: apt-get install --no-install-recommends chromium-headless-shell (or the chromium package of your system)') +
    `;\n  or set CHROMIUM_BIN to a Chromium or Chrome of version ${oldestMajor} or newer`,
  read: readVersion,
};

/**
 * Finds a Chromium (or Chrome) for the tests, fetches one when there is none, and writes the choice to
 * .cache/chromium.json. Starts no browser. Throws SetupError that tells what was tried and what to do.
 * CHROMIUM_BIN names one; GATEHOUSE_CHROMIUM_SOURCE=env|path|cache|apt|rootless allows one place only.
 * @param {{ isQuiet?: boolean }} [options]
 * @returns {import('./find-program.mjs').Choice}
 */
export function prepareChromium(options) {
  return prepareProgram(chromium, options);
}

function readVersion(output) {
  const answer = /\b(Chromium|Chrome)\b.*? (\d+)((?:\.\d+)+)/.exec(output);
  if (answer === null) return { because: '' };
  const [, product, major, rest] = answer;
  const version = `${product} ${major}${rest}`;
  if (Number(major) < oldestMajor) return { because: `is ${version}, older than ${oldestMajor}` };
  return { version };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    prepareChromium();
  } catch (error) {
    say(error.isExpected ? error.message : error.stack);
    process.exitCode = 1;
  }
}
