import fs from 'node:fs';

/** The text of a file, or undefined when it cannot be read: for stamps and notes that may not be there yet. */
export function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
