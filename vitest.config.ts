import { defineConfig } from 'vitest/config';
import LongFirst from './test/support/long-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', '.cache/**'],
    // The native WebSocket module holds one event loop a process; threads would share it.
    pool: 'forks',
    // They mostly wait.
    maxWorkers: 3,
    // Of the tests of one file that say that they may run together.
    maxConcurrency: 4,
    sequence: { sequencer: LongFirst },
    globalSetup: ['scripts/test-setup.mjs'],
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 30_000,
    teardownTimeout: 5_000,
  },
});
