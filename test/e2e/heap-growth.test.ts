import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const module = new URL('../../dist/gateway/heap-growth.js', import.meta.url).href;

/** Keeps twice as much again as was alive, in small objects that live long enough to be called old. */
const program = `
import { setFlagsFromString } from 'node:v8';
const { letHeapGrow } = await import(${JSON.stringify(module)});
// A growth that shows, in place of what V8 would choose; in parts, for this text is one of the words of the process.
setFlagsFromString(['--heap', 'growing', 'percent=10'].join('-'));
letHeapGrow(process.execArgv);
const base = Array.from({ length: 400_000 }, (_, i) => ({ i }));
gc();
const target = process.memoryUsage().heapUsed * 3;
console.log('grows');
const kept = [];
while (process.memoryUsage().heapUsed < target) {
  for (let i = 0; i < 10_000; i++) kept.push({ i, garbage: [i] });
  await new Promise((resolve) => setImmediate(resolve));
}
console.log('grown', base.length + kept.length);
`;

/** Full collections while the heap grew to three times its size. */
function fullCollections(...flags: readonly string[]): number {
  const words = ['--expose-gc', '--trace-gc', ...flags, '--input-type=module', '-e', program];
  const lines = execFileSync(process.execPath, words, { encoding: 'utf8' }).split('\n');
  const from = lines.indexOf('grows');
  const to = lines.findIndex((line) => line.startsWith('grown'));
  expect(to).toBeGreaterThan(from);
  return lines.slice(from, to).filter((line) => line.includes('Mark-Compact')).length;
}

describe('letHeapGrow', () => {
  it('lets the heap grow to several times what is alive without a full collection', () => {
    expect(fullCollections()).toBe(0);
  });

  it('leaves the growth alone that the process was started with', () => {
    expect(fullCollections('--heap-growing-percent=10')).toBeGreaterThan(0);
  });
});
