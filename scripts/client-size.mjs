import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './messages.mjs';

/** What a browser loads: `npm run --silent size -- --json` prints it for programs. */
const bytes = fs.readFileSync(path.join(root, 'dist', 'browser', 'client.js'));
const clientGzipBytes = gzipSync(bytes, { level: 9 }).length;
process.stdout.write(
  process.argv.includes('--json')
    ? `${JSON.stringify({ clientGzipBytes })}\n`
    : `dist/browser/client.js: ${bytes.length} bytes, ${clientGzipBytes} with gzip\n`,
);
