import { readFileSync, writeFileSync } from 'node:fs';
import { faultsPage, readFaultsRun } from './faults-page.ts';
import { generatedFiles } from './generated-files.ts';

/** Writes docs/faults.md, and what the README says of it, out of a file with what `npm run test:faults -- --json` printed. */
const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: npx tsx scripts/faults-doc.ts FILE\n');
  process.exit(2);
}
writeFileSync('docs/faults.md', faultsPage(readFaultsRun(readFileSync(file, 'utf8'))));
for (const [path, content] of generatedFiles((name) => readFileSync(name, 'utf8'))) {
  writeFileSync(path, content);
}
