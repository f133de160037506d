import { describe, expect, it } from 'vitest';
import { catalogue, mustFail } from './catalogue.ts';
import { runFault } from './runner.ts';

const seed = 1 + Math.floor(Math.random() * 1e9);

// Most of a fault is waiting for leases, so another one has room beside it. `maxConcurrency` says how many.
describe.concurrent(`fault, in its short form, with seed ${seed}`, { timeout: 120_000 }, () => {
  it.each(catalogue.map((fault) => [fault.id, fault.name, fault] as const))(
    '%s: %s',
    async (_id, _name, fault) => {
      const result = await runFault(fault, { form: 'short', seed });
      expect(result.errors, `${fault.holds}; log: ${result.log}`).toEqual([]);
      expect(result.ok).toBe(true);
    },
  );

  it.each(mustFail.map((fault) => [fault.id, fault.name, fault] as const))(
    '%s fails: %s',
    async (_id, _name, fault) => {
      const { errors } = await runFault(fault, { form: 'short', seed });
      expect(errors).toEqual([expect.stringMatching(/^I6: \d+ acknowledged logins are not/)]);
    },
  );
});

describe('the catalogue of faults', () => {
  it('has each id once', () => {
    const ids = [...catalogue, ...mustFail].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
