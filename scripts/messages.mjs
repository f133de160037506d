import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Where set-up keeps what may be thrown away at any time (never committed). */
export const cacheFolder = path.join(root, '.cache');

/**
 * One line about the set-up, always on stderr: stdout belongs to the command that follows
 * (`npm run --silent demo -- --json` prints JSON lines and nothing else).
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`gatehouse: ${text}\n`);
}

/** A failure with a text for the user: what is wrong and what to do. Printed without a stack. */
export class SetupError extends Error {
  isExpected = true;
}
