import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './messages.mjs';

/** Files that git tracks or would track, relative to the root. */
export function listCheckout() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0');
  return names.filter((name) => name !== '' && fs.existsSync(path.join(root, name)));
}

/** Copies such files into a folder, under the same names. */
export function copyCheckout(files, target) {
  for (const file of files) {
    const to = path.join(target, file);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.cpSync(path.join(root, file), to, { verbatimSymlinks: true });
  }
}
