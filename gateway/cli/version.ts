import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The version in the package's own package.json, which lies above this file in the sources and in the build. */
export function readVersion(): string {
  for (const up of ['../..', '../../..']) {
    const path = fileURLToPath(new URL(`${up}/package.json`, import.meta.url));
    if (existsSync(path)) {
      const content = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
      return String(content.version);
    }
  }
  return 'unknown';
}
