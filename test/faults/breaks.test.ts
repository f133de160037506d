import { describe, expect, it } from 'vitest';
import { breakNames, breakVariable, type BreakName } from '../../gateway/registry/redis/breaks.ts';
import { catalogue } from './catalogue.ts';
import { runFault } from './runner.ts';

/** The fault that must find each break, and what it must say. */
const caught: Readonly<Record<BreakName, { readonly by: string; readonly says: RegExp }>> = {
  'skip-audit': { by: 'F05', says: /^I2: .* still lives although / },
  'delete-without-compare': { by: 'F12', says: /^I6: .* lives and is not in the registry/ },
  'ignore-epoch': { by: 'F01-kicks', says: /^I[123]: / },
  'no-self-probe': { by: 'F05-silent', says: /^I2: .* still lives although / },
  'lease-without-health': { by: 'F19-deaf', says: /^I2: a node that hears of no kick / },
};

/** Some times what the unbroken gateway takes; what is waited for never comes. */
const patienceMs = 4000;

describe.concurrent('the fault bench, on nodes with a break', { timeout: 120_000 }, () => {
  it.each(breakNames.map((name) => [name, caught[name].by] as const))(
    'finds %s by %s',
    async (name, by) => {
      const fault = catalogue.find(({ id }) => id === by);
      if (fault === undefined) throw new Error(`there is no fault ${by}`);
      const seed = 1 + Math.floor(Math.random() * 1e9);
      const env = { [breakVariable]: name };
      const result = await runFault(fault, { form: 'short', seed, patienceMs, env });
      expect(result.ok).toBe(false);
      // Each broken node says so at its start, as an error; that alone is no finding.
      const found = result.errors.filter((text) => !text.includes('BROKEN ON PURPOSE'));
      expect(found.join('\n'), `seed ${seed}`).toMatch(new RegExp(caught[name].says, 'm'));
    },
  );
});
