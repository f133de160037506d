import { describe, expect, it } from 'vitest';
import { configKeys } from '../../gateway/config/keys.ts';
import { configSchema } from '../../gateway/config/schema.ts';
import { configTable } from '../../gateway/config/table.ts';

describe('the table of the configuration', () => {
  it('has a row with five cells for every key', () => {
    const rows = configTable().trim().split('\n').slice(2);
    expect(rows).toHaveLength(configKeys.length);
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(7);
  });

  it('covers the whole schema', () => {
    const top = new Set(configKeys.map((key) => key.path.replace(/[.[].*/, '')));
    expect(top).toEqual(new Set(Object.keys(configSchema.shape)));
  });

  it('gives every key that is not for the file alone a flag and a variable of its own', () => {
    const named = configKeys.filter((key) => key.kind !== 'fileOnly');
    const flags = named.flatMap((key) => key.flags);
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(named.map((key) => key.env)).size).toBe(named.length);
    expect(named.find((key) => key.path === 'ticket.graceS')).toMatchObject({
      flags: ['--ticket-grace-s'],
      env: 'GATEHOUSE_TICKET_GRACE_S',
      defaultText: '60',
    });
  });

  it('says what every key means', () => {
    for (const key of configKeys) expect(key.meaning, key.path).toMatch(/^.{10,}\.$|^auto: /);
  });
});
