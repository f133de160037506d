import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The top folder of the real checkout. */
export const projectRoot = path.resolve(import.meta.dirname, '../..');

/** No search for programs is steered from outside. */
const ownSearch = {
  REDIS_SERVER_BIN: '',
  GATEHOUSE_REDIS_SOURCE: '',
  CHROMIUM_BIN: '',
  GATEHOUSE_CHROMIUM_SOURCE: '',
};

/** A temporary checkout with the real set-up scripts in it, to try them on. */
export class Checkout {
  readonly folder: string;

  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse checkout '));
    this.copy('scripts');
  }

  /** Copies a file or folder of the real checkout to the same place. */
  copy(name: string): void {
    fs.cpSync(path.join(projectRoot, name), this.path(name), { recursive: true });
  }

  path(...parts: readonly string[]): string {
    return path.join(this.folder, ...parts);
  }

  write(name: string, text: string, mode = 0o644): string {
    const file = this.path(name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { mode });
    return file;
  }

  read(name: string): string {
    return fs.readFileSync(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return fs.existsSync(this.path(name));
  }

  /** Writes a shell script that may be run. Gives its path. */
  program(name: string, script: string): string {
    return this.write(name, `#!/bin/sh\n${script}\n`, 0o755);
  }

  /** Runs `node ...args` in it, with `env` added to this process's environment. */
  node(args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, ...ownSearch, ...env },
    });
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
