import { describe, expect, it } from 'vitest';
import { hashOfAdminKey } from '../../gateway/access/admin-key.ts';
import { allScopes } from '../../gateway/access/scopes.ts';
import { maskConfig } from '../../gateway/config/print.ts';
import { inputOf, loaded, madeSecret, problems, withFile } from './input.ts';

const key = `ghk_${'canary-'.repeat(7)}`;
const hash = hashOfAdminKey(key);
const support = { name: 'support', hash, scopes: ['bans:write'] };
const withKeys = (...keys: readonly object[]) => withFile({ admin: { keys } });

describe('the keys for /v1', () => {
  it('are none unless they are given', () => {
    expect(loaded(inputOf()).config.admin.keys).toEqual([]);
  });

  it.each([
    ['environment', inputOf({ env: { GATEHOUSE_ADMIN_KEY: key } })],
    ['environment, as a hash', inputOf({ env: { GATEHOUSE_ADMIN_KEY: hash } })],
    [
      'environment, as a file',
      inputOf({ env: { GATEHOUSE_ADMIN_KEY_FILE: '/k' } }, { '/k': `${key}\n` }),
    ],
    ['file', withFile({ admin: { key } })],
    ['flag', inputOf({ flags: { apps: ['1:s'], 'admin.key': hash } })],
  ])('may be one that may do everything, from the %s', (_name, input) => {
    const { config, warnings } = loaded(input);
    expect(config.admin.keys).toEqual([{ name: 'admin.key', hash, scopes: allScopes }]);
    expect(warnings.join()).not.toContain('--admin-key');
  });

  it('as such stand in the process list when a flag gives them: a warning says so', () => {
    const { warnings } = loaded(inputOf({ flags: { apps: ['1:s'], 'admin.key': key } }));
    expect(warnings).toContainEqual(expect.stringContaining('--admin-key can be seen'));
    expect(warnings.join()).not.toContain('canary');
  });

  it('may be many, with names, scopes and apps, from the file', () => {
    const other = {
      name: 'deploy',
      keyFile: '/k',
      scopes: ['sessions:read'],
      apps: [1_400_000_000],
    };
    const text = `ghk_${'x'.repeat(43)}`;
    const input = inputOf(
      { configFile: 'g.json' },
      { 'g.json': JSON.stringify({ admin: { keys: [support, other] } }), '/k': text },
    );
    expect(loaded(input).config.admin.keys).toEqual([
      support,
      {
        name: 'deploy',
        hash: hashOfAdminKey(text),
        scopes: ['sessions:read'],
        apps: [1_400_000_000],
      },
    ]);
  });

  it('are kept and shown as hashes only', () => {
    const { config } = loaded(inputOf({ env: { GATEHOUSE_ADMIN_KEY: key } }));
    for (const text of [JSON.stringify(config), JSON.stringify(maskConfig(config))]) {
      expect(text).toContain(hash);
      expect(text).not.toContain('canary');
    }
  });

  it.each([
    ['no key', { ...support, hash: 'canary-canary' }, /keys\[0\]\.hash: .*not shown.*sha256/],
    ['a key in place of its hash', { ...support, hash: key }, /keys\[0\]\.hash: .*not shown/],
    ['neither hash nor file', { ...support, hash: undefined }, /needs either hash or keyFile/],
    ['both', { ...support, keyFile: '/k' }, /needs either hash or keyFile/],
    [
      'a file that is not there',
      { ...support, hash: undefined, keyFile: '/k' },
      /keyFile: .*ENOENT/,
    ],
    ['no scope', { ...support, scopes: [] }, /scopes: .*sessions:read/],
    ['a scope nobody knows', { ...support, scopes: ['all'] }, /scopes\[0\]: .*sessions:read/],
    ['no name', { ...support, name: undefined }, /name: it is missing/],
    ['a name with a dot', { ...support, name: 'admin.key' }, /name: .*does not fit/],
    ['an app that is not served', { ...support, apps: [7] }, /apps: app 7 is not one of/],
    [
      'an unknown field',
      { ...support, scope: 'x' },
      /nearest known one is admin\.keys\[\]\.scopes/,
    ],
  ])('are refused with %s', (_name, entry, words) => {
    const found = problems(withKeys(entry));
    expect(found).toEqual([expect.stringMatching(words)]);
    expect(found.join()).not.toContain('canary');
  });

  it('are refused when one stands there twice', () => {
    const twins = [support, { ...support, name: 'other' }];
    expect(problems(withKeys(...twins)).join()).toContain('the same key stands in it twice');
    const namesakes = [support, { ...support, hash: hashOfAdminKey(`${key}x`) }];
    expect(problems(withKeys(...namesakes)).join()).toContain('two keys have the same name');
  });

  it.each(['', 'secret', 'ghk_short', `${key} ${key}`, 'sha256:12'])('refuse %j', (text) => {
    const found = problems(withFile({ admin: { key: text } }));
    expect(found).toEqual([expect.stringMatching(/admin\.key: .*gatehouse key new/)]);
  });

  it('are needed where the admin port can be reached from outside', () => {
    for (const adminHost of ['0.0.0.0', '::', '10.0.0.1', 'gateway.example']) {
      const settings = { adminHost };
      expect(problems(withFile(settings))).toEqual([
        expect.stringMatching(/adminHost: .*no key for \/v1\. Make one with `gatehouse key new`/),
      ]);
      expect(problems(withFile({ ...settings, admin: { keys: [] } }))).toHaveLength(1);
      loaded(withFile({ ...settings, admin: { key: hash } }));
      loaded(withFile({ ...settings, admin: { keys: [support] } }));
    }
    for (const adminHost of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      loaded(withFile({ adminHost }));
  });

  it('are made by development mode where there are none', () => {
    const dev = loaded(inputOf({ flags: { dev: true } }));
    const made = `ghk_${madeSecret}`;
    expect(dev.madeAdminKey).toBe(made);
    expect(dev.config.admin.keys).toMatchObject([
      { name: 'admin.key', hash: hashOfAdminKey(made) },
    ]);
    const own = loaded(withFile({ dev: true, admin: { keys: [support] } }));
    expect(own.madeAdminKey).toBeUndefined();
    expect(own.config.admin.keys).toEqual([support]);
    expect(loaded(inputOf()).madeAdminKey).toBeUndefined();
  });
});
