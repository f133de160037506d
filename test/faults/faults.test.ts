import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { runFault } from './runner.ts';

const seed = 1 + Math.floor(Math.random() * 1e9);

describe(`fault, in its short form, with seed ${seed}`, { timeout: 120_000 }, () => {
  it.each(catalogue.map((fault) => [fault.id, fault.name, fault] as const))(
    '%s: %s',
    async (_id, _name, fault) => {
      const result = await runFault(fault, { form: 'short', seed });
      expect(result.errors, `${fault.holds}; log: ${result.log}`).toEqual([]);
      expect(result.ok).toBe(true);
    },
  );
});

describe('the catalogue of faults', () => {
  it('has each id once', () => {
    const ids = catalogue.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
