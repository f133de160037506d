import { readFileSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';

/** Writes every generated file and part of a page anew; a test fails while one is stale. */
for (const [path, content] of generatedFiles((name) => readFileSync(name, 'utf8'))) {
  writeFileSync(path, content);
}
