import { spawnSync } from 'node:child_process';

let launcher: readonly string[] | undefined;

/**
 * Words before a command so that the kernel ends the program with this process, even after kill -9 of it
 * (util-linux has setpriv on every Linux; elsewhere none, and the caller's exit listener must do).
 */
export function dieWithParent(): readonly string[] {
  const words = ['setpriv', '--pdeathsig', 'KILL', '--'];
  launcher ??= spawnSync('setpriv', [...words.slice(1), 'true']).status === 0 ? words : [];
  return launcher;
}
