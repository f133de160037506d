import { describe, expect, it } from 'vitest';
import { hashOfAdminKey, isAdminKey } from '../../gateway/access/admin-key.ts';
import { run } from './terminal.ts';

describe('gatehouse key new', () => {
  it('prints a key and its hash', async () => {
    const { code, out, err } = await run(['key', 'new']);
    const [, key = '', hash] = /^key {3}(\S+)\nhash {2}(\S+)\n$/.exec(out) ?? [];
    expect([code, err, isAdminKey(key)]).toEqual([0, '', true]);
    expect(hash).toBe(hashOfAdminKey(key));
  });

  it('prints JSON for programs, and never the same key again', async () => {
    const made = await Promise.all(
      [1, 2].map(
        async () => JSON.parse((await run(['key', 'new', '--json'])).out) as { key: string },
      ),
    );
    expect(made[0]).toEqual({ key: made[0]?.key, hash: hashOfAdminKey(made[0]?.key ?? '') });
    expect(made[0]?.key).not.toBe(made[1]?.key);
  });

  it('says where key and hash belong', async () => {
    const { out } = await run(['key', 'new', '--help']);
    for (const word of ['admin.keys', 'GATEHOUSE_ADMIN_KEY', 'hash']) expect(out).toContain(word);
  });
});
