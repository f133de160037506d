import type { Command } from 'commander';
import { loadNative } from '../gateway/transport/uws/native.ts';

const usageExit = 2;

/** A floor stands on the native module alone; without it there is nothing to compare with, and the command ends. */
export function requireNative(command: Command): void {
  const native = loadNative();
  if (native.kind === 'loaded') return;
  const text = `the floor needs uWebSockets.js: ${native.reason}. --no-floor goes without.`;
  command.error(text, { exitCode: usageExit });
}
