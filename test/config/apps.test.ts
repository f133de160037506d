import { describe, expect, it } from 'vitest';
import { loginPolicyOf } from '../../gateway/policy/written-policy.ts';
import { maskConfig } from '../../gateway/config/print.ts';
import { inputOf, loaded, problems, withFile } from './input.ts';

const everywhere = (limit: number) => ({
  web: limit,
  android: limit,
  ios: limit,
  ipad: limit,
  windows: limit,
  mac: limit,
  linux: limit,
});

describe('the apps', () => {
  it('come from flags, and an ID given twice has two keys', () => {
    const { config } = loaded(inputOf({ flags: { apps: ['1:a', '2:b:c', '1:d'] } }));
    expect(config.apps.map(({ id, keys }) => ({ id, keys }))).toEqual([
      { id: 1, keys: [{ secret: 'a' }, { secret: 'd' }] },
      { id: 2, keys: [{ secret: 'b:c' }] },
    ]);
  });

  it('come from the environment, from its file and from --app-file', () => {
    const files = { '/run/apps': '1:a\n2:b\n' };
    const ids = (input: Parameters<typeof inputOf>[0]) =>
      loaded(inputOf({ flags: {}, ...input }, files)).config.apps.map((app) => app.id);
    expect(ids({ env: { GATEHOUSE_APP: '3:a, 4:b' } })).toEqual([3, 4]);
    expect(ids({ env: { GATEHOUSE_APP_FILE: '/run/apps' } })).toEqual([1, 2]);
    expect(ids({ appFile: '/run/apps', env: { GATEHOUSE_APP: '3:a' } })).toEqual([1, 2]);
  });

  it('cannot come from --app and --app-file together', () => {
    const input = inputOf({ appFile: '/run/apps' }, { '/run/apps': '1:a' });
    expect(problems(input)).toEqual([
      'flag --app-file: --app is given too. Give only one of the two.',
    ]);
  });

  it('take from the top level what they leave out', () => {
    const file = {
      policy: 'dual',
      limits: { web: 2, ios: 3 },
      kickedReturn: 'allow',
      apps: [
        { id: 1, keys: [{ secret: 'a' }] },
        {
          id: 2,
          keys: [{ secret: 'b' }],
          policy: 'multi',
          limits: { web: 10 },
          kickedReturn: 'refuse',
        },
      ],
    };
    const { apps } = loaded(withFile(file, { flags: {} })).config;
    expect(apps).toMatchObject([
      { policy: 'dual', limits: { ...everywhere(1), web: 2, ios: 3 }, kickedReturn: 'allow' },
      { policy: 'multi', limits: { ...everywhere(1), web: 10, ios: 3 }, kickedReturn: 'refuse' },
    ]);
    expect(apps.map((app) => loginPolicyOf(app).name)).toEqual(['dual', 'multi']);
  });

  it('count evictions by burst and minute, or not at all', () => {
    const file = {
      evictions: { perMinute: 7 },
      apps: [1, 2, 3].map((id) => ({
        id,
        keys: [{ secret: 'a' }],
        ...(id === 2 && { evictions: { burst: 0 } }),
        ...(id === 3 && { evictions: { burst: 4, perMinute: 600 } }),
      })),
    };
    const { apps } = loaded(withFile(file, { flags: {} })).config;
    expect(apps.map((app) => loginPolicyOf(app).evictions)).toEqual([
      { burst: 10, refillMs: 8571 },
      { burst: Infinity, refillMs: 0 },
      { burst: 4, refillMs: 100 },
    ]);
  });

  it('can have limits above those of Tencent Chat', () => {
    const [app] = loaded(withFile({ limits: everywhere(100) })).config.apps;
    expect(app && loginPolicyOf(app).limits).toEqual(everywhere(100));
    expect(problems(withFile({ limits: { web: 101 } }))).toHaveLength(1);
  });

  it('read their keys from files, with the end of each in Unix seconds', () => {
    const file = {
      apps: [
        { id: 1, keys: [{ secretFile: '/k1', endsAt: '2030-01-01T00:00:00Z' }, { secret: 'new' }] },
      ],
    };
    const input = inputOf(
      { flags: {}, configFile: 'g.json' },
      { 'g.json': JSON.stringify(file), '/k1': 'old\n' },
    );
    expect(loaded(input).config.apps[0]?.keys).toEqual([
      { secret: 'old', endsAt: 1_893_456_000 },
      { secret: 'new' },
    ]);
  });

  it.each([
    [
      'a key with both secret and file',
      [{ secret: 'a', secretFile: 'b' }],
      /keys\[0\]: it needs either/,
    ],
    ['a key with neither', [{}], /keys\[0\]: it needs either/],
    ['no key', [], /apps\[0\]\.keys: /],
    [
      'a key file that is not there',
      [{ secretFile: '/none' }],
      /keys\[0\]\.secretFile: the file \/none cannot be read \(ENOENT\)/,
    ],
    ['an empty key file', [{ secretFile: '/empty' }], /the file \/empty is empty/],
    [
      'a date that is none',
      [{ secret: 'a', endsAt: 'soon' }],
      /keys\[0\]\.endsAt: "soon" does not fit/,
    ],
  ])('are refused with %s', (_what, keys, pattern) => {
    const file = { apps: [{ id: 1, keys }] };
    const input = inputOf(
      { flags: {}, configFile: 'g.json' },
      { 'g.json': JSON.stringify(file), '/empty': '\n' },
    );
    expect(problems(input)).toEqual([expect.stringMatching(pattern)]);
  });

  it('are refused when one ID stands in the file twice', () => {
    const app = { id: 1, keys: [{ secret: 'a' }] };
    expect(problems(withFile({ apps: [app, app] }, { flags: {} }))).toEqual([
      expect.stringMatching(/^file g\.json, key apps\[1\]\.id: app 1 stands in the list twice/),
    ]);
  });

  it.each(['0:a', '4294967296:a'])('are refused with the ID of %s', (text) => {
    expect(problems(inputOf({ flags: { apps: [text] } }))).toEqual([
      expect.stringMatching(
        /^flag --app\[0\]\.id: \d+ does not fit\. Expected: whole number from 1/,
      ),
    ]);
  });

  it('bring a warning when their key stands on the command line', () => {
    expect(loaded(inputOf()).warnings).toContainEqual(expect.stringContaining('(ps)'));
  });
});

describe('the end of a key', () => {
  const withEnds = (...ends: string[]) =>
    withFile(
      { apps: [{ id: 7, keys: ends.map((endsAt, at) => ({ secret: `s${at}`, endsAt })) }] },
      { flags: {} },
    );
  const endOf = (endsAt: string) => loaded(withEnds(endsAt)).config.apps[0]?.keys[0]?.endsAt;

  it.each([
    ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00:00.900Z', '2030-01-31T12:00:00Z'],
    ['2030-01-31T12:00+08:00', '2030-01-31T04:00:00Z'],
    ['2030-01-31', '2030-01-31T00:00:00Z'],
    ['2032-02-29', '2032-02-29T00:00:00Z'],
  ])('%s is the second of %s', (endsAt, same) => {
    expect(endOf(endsAt)).toBe(Date.parse(same) / 1000);
  });

  it.each([
    '2030-01-31T12:00:00',
    '2030-02-31',
    '2030-02-31T12:00:00Z',
    '2031-02-29',
    '2030-13-01',
    '2030-01-31T25:00:00Z',
    '2030-01-31T12:00:00+99:00',
    '2030-01-31 12:00:00Z',
    '2030-01-31 or so',
    '2030-1-31',
  ])('is refused as %s', (endsAt) => {
    expect(problems(withEnds(endsAt))).toEqual([
      expect.stringMatching(
        /keys\[0\]\.endsAt: "2.*" does not fit\. Expected: .*UTC.*with Z or an offset/,
      ),
    ]);
  });

  it('brings a warning when no key of an app holds any more', () => {
    const ended = 'app 7: every key has ended';
    // Of the second in which this configuration is loaded, and the one before.
    const [now, before] = ['2027-01-15T08:00:00Z', '2027-01-15T07:59:59Z'];
    expect(loaded(withEnds(before, '2020-01-01')).warnings).toContainEqual(
      expect.stringContaining(ended),
    );
    expect(loaded(withEnds(before, now)).warnings.join()).not.toContain(ended);
  });
});

describe('a secret of the configuration', () => {
  const canary = 'canary-3f9a1c5e7b';

  it('is masked when the configuration is printed', () => {
    const flags = { apps: [`1:${canary}`], 'redis.url': `redis://user:${canary}@localhost:6380/2` };
    const printed = JSON.stringify(maskConfig(loaded(inputOf({ flags })).config));
    expect(printed).not.toContain(canary);
    expect(printed).toContain('redis://user:***@localhost:6380/2');
  });

  it.each([
    ['a malformed flag', inputOf({ flags: { apps: [canary] } })],
    ['a word too many', inputOf({ unknownWords: [canary] })],
    [
      'a value of an unknown flag',
      inputOf({ unknownWords: ['--ap', canary, `--secret=${canary}`] }),
    ],
    ['an unknown flag', inputOf({ unknownWords: [`--app1:${canary}`, `-1:${canary}`] })],
    ['a malformed variable', inputOf({ flags: {}, env: { GATEHOUSE_APP: canary } })],
    ['an unknown variable', inputOf({ env: { GATEHOUSE_SECRET: canary } })],
    ['a malformed Redis address', inputOf({ env: { GATEHOUSE_REDIS_URL: `rds://${canary}@x` } })],
    [
      'a key of the wrong kind',
      withFile({ apps: [{ id: 1, keys: [{ secret: [canary] }] }] }, { flags: {} }),
    ],
    ['keys of the wrong kind', withFile({ apps: [{ id: 1, keys: canary }] }, { flags: {} })],
    ['apps of the wrong kind', withFile({ apps: canary }, { flags: {} })],
    ['an app of the wrong kind', withFile({ apps: [canary] }, { flags: {} })],
    ['a short broken file', inputOf({ configFile: 'f' }, { f: `{"a": ${canary}}` })],
    [
      'a longer broken file',
      inputOf({ configFile: 'f' }, { f: `{"apps": [{"secret": "${canary}" "x": 1}]}` }),
    ],
  ])('does not appear in the problems of %s', (_what, input) => {
    expect(problems(input).join('\n')).not.toContain(canary);
  });
});
