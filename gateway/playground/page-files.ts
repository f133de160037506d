import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the page as it was built. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
}

const files: readonly (readonly [path: string, file: string, contentType: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/playground.js', 'playground.js', 'text/javascript; charset=utf-8'],
  ['/playground.js.map', 'playground.js.map', 'application/json'],
  ['/playground.css', 'playground.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
];

/** Where the build puts them, seen from the built gateway and, for `npm run dev`, from its sources. */
const folders = ['../../playground/', '../../dist/playground/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Reads the page's files, by path; `undefined` where it was not built, as in the image. */
export function readPageFiles(): ReadonlyMap<string, PageFile> | undefined {
  const folder = folders.find((path) => files.every(([, file]) => existsSync(join(path, file))));
  if (folder === undefined) return undefined;
  return new Map(
    files.map(([path, file, contentType]) => [
      path,
      { contentType, body: readFileSync(join(folder, file)) },
    ]),
  );
}
