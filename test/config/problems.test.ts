import { describe, expect, it } from 'vitest';
import { retention } from '../../gateway/registry/retention.ts';
import { inputOf, loaded, problems, withFile } from './input.ts';

describe('the problems of a configuration', () => {
  it('name the nearest flag, variable and key for an unknown one', () => {
    const input = withFile(
      {
        tikcet: {},
        ticket: { gracS: 1 },
        drain: { window: 3 },
        graceS: 1,
        apps: [{ id: 1, keys: [{ secret: 's' }], polcy: 'multi' }],
      },
      { flags: {}, unknownWords: ['--prot', '80', '--dve'], env: { GATEHOUSE_TICKET_GRACES: '1' } },
    );
    expect(problems(input)).toEqual([
      'flag --prot: unknown flag. The nearest known one is --port.',
      'flag --dve: unknown flag. The nearest known one is --dev.',
      'environment GATEHOUSE_TICKET_GRACES: unknown variable. The nearest known one is GATEHOUSE_TICKET_GRACE_S.',
      'file g.json, key tikcet: unknown key. The nearest known one is ticket.',
      'file g.json, key ticket.gracS: unknown key. The nearest known one is ticket.graceS.',
      'file g.json, key drain.window: unknown key. The nearest known one is drain.windowS.',
      'file g.json, key graceS: unknown key. The nearest known one is ticket.graceS.',
      'file g.json, key apps[0].polcy: unknown key. The nearest known one is apps[].policy.',
    ]);
  });

  it('name nothing where no known name is near', () => {
    const input = withFile(
      { blockchain: 1, ticket: { teapot: 1 } },
      { unknownWords: ['--verbose'], env: { GATEHOUSE_BLOCKCHAIN: '1' } },
    );
    const remedy = 'See `gatehouse config docs`.';
    expect(problems(input)).toEqual([
      `flag --verbose: unknown flag. ${remedy}`,
      `environment GATEHOUSE_BLOCKCHAIN: unknown variable. ${remedy}`,
      `file g.json, key blockchain: unknown key. ${remedy}`,
      `file g.json, key ticket.teapot: unknown key. ${remedy}`,
    ]);
  });

  it('find a name of which only a part was given', () => {
    expect(problems(inputOf({ unknownWords: ['--tls-cert', '--max-pending'] }))).toEqual([
      'flag --tls-cert: unknown flag. The nearest known one is --tls-cert-file.',
      'flag --max-pending: unknown flag. The nearest known one is --sockets-max-pending.',
    ]);
  });

  it('count the items of flags, and give the lines of files', () => {
    const files = { '/run/apps': '1:a, 2:b\n\nno-app, neither\n3:c\n4' };
    const remedy = 'Give the SDKAppID, a colon and the secret key.';
    for (const [source, change] of [
      ['flag --app-file', { appFile: '/run/apps' }],
      ['environment GATEHOUSE_APP_FILE', { env: { GATEHOUSE_APP_FILE: '/run/apps' } }],
    ] as const)
      expect(problems(inputOf({ flags: {}, ...change }, files))).toEqual([
        `${source}: line 3, 5 is not ID:SECRET. ${remedy}`,
      ]);
  });

  it('say how keys look', () => {
    for (const app of [{ id: 1, keys: 'text' }, { id: 1, keys: ['text'] }, { id: 1 }])
      expect(problems(withFile({ apps: [app] }, { flags: {} }))).toEqual([
        expect.stringMatching(
          /^file g\.json, key apps\[0\]\.keys(\[0\])?: .*\. Expected: list of \{secret or secretFile, endsAt\}\.$/,
        ),
      ]);
  });

  it('are all told at once, each with source, fault and remedy', () => {
    const input = withFile(
      {
        ticket: { warnS: 'soon' },
        redis: 5,
        policy: [{ platforms: ['web', 'fridge'], exclusiv: true }],
      },
      {
        flags: { apps: ['1:s', 'no-app'], port: 'high', 'tls.certFile': 'c.pem' },
        env: { GATEHOUSE_LOG_LEVEL: 'loud', GATEHOUSE_SOCKETS_MAX_PENDING: '-1' },
      },
    );
    const lines = problems(input);
    const expected = [
      /^flag --app: number 2 of 2 is not ID:SECRET\. Give /,
      /^flag --port: "high" does not fit\. Expected: whole number from 0 to 65535; left out, the default is 7600\.$/,
      /^flag --tls-cert-file: tls.keyFile is missing\. Give both files/,
      /^environment GATEHOUSE_LOG_LEVEL: "loud" does not fit\. Expected: one of trace, debug/,
      /^environment GATEHOUSE_SOCKETS_MAX_PENDING: -1 does not fit\. Expected: whole number from 1/,
      /^file g\.json, key ticket\.warnS: "soon" does not fit\. Expected: whole number/,
      /^file g\.json, key redis: it is not an object\. Write its keys/,
      /^file g\.json, key policy\[0\]\.platforms\[1\]: "fridge" does not fit\. Expected: list of web, /,
      /^file g\.json, key policy\[0\]\.exclusiv: unknown key\. The nearest known one is policy\[\]\.exclusive\.$/,
    ];
    for (const pattern of expected) expect(lines).toContainEqual(expect.stringMatching(pattern));
    expect(lines).toHaveLength(expected.length);
  });

  it('hold no place for a text that is no number where one belongs in the file', () => {
    expect(problems(withFile({ port: '7600' }))).toEqual([
      expect.stringMatching(/^file g\.json, key port: "7600" does not fit/),
    ]);
  });

  it('say that a deployment needs an app, once', () => {
    expect(problems(inputOf({ flags: {} }))).toEqual([
      expect.stringMatching(/^key apps: no app .*--dev/),
    ]);
    expect(problems(inputOf({ flags: {}, appFile: '/none' }))).toEqual([
      'flag --app-file: the file /none cannot be read (ENOENT). Check the path and the permissions.',
    ]);
    expect(problems(inputOf({ flags: {}, configFile: '/none' }))).toHaveLength(1);
  });

  it('give the line of a broken file', () => {
    const files = { 'g.json': '{\n  "port": 1,\n}' };
    expect(problems(inputOf({ configFile: 'g.json' }, files))).toEqual([
      expect.stringMatching(/^file g\.json: it is not valid JSON \(line 3\)\. Look for/),
    ]);
    expect(problems(inputOf({ configFile: 'g.json' }, { 'g.json': '[]' }))).toEqual([
      'file g.json: it holds no JSON object. Write the keys into { }.',
    ]);
  });

  it('find a grace time in which the registry would already have forgotten the session', () => {
    const withGrace = (graceS: number) => withFile({ ticket: { graceS } });
    const longestS = retention.recordSlackS / 2;
    expect(loaded(withGrace(longestS)).config.ticket.graceS).toBe(longestS);
    expect(problems(withGrace(longestS + 1))).toEqual([
      expect.stringMatching(/^file g\.json, key ticket\.graceS: \d+ does not fit/),
    ]);
  });

  it('find ports that are the same, also against a default', () => {
    expect(problems(inputOf({ flags: { apps: ['1:s'], port: '7601' } }))).toEqual([
      'flag --port: port and adminPort are the same. Give two different ports.',
    ]);
    expect(loaded(inputOf({ flags: { apps: ['1:s'], port: '0', adminPort: '0' } })).ok).toBe(true);
  });

  it('find a command time-out that one swallowed beat would make the end of the lease', () => {
    const remedy =
      'Give a shorter redis.commandTimeoutMs or a longer redis.leaseS, so that one lost call does not cost the lease.';
    expect(problems(withFile({ redis: { commandTimeoutMs: 1501 } }))).toEqual([
      `file g.json, key redis.commandTimeoutMs: 1501 ms is more than a quarter of redis.leaseS (6 s). ${remedy}`,
    ]);
    expect(problems(inputOf({ flags: { apps: ['1:s'], 'redis.leaseS': '2' } }))).toEqual([
      `flag --redis-lease-s: redis.commandTimeoutMs (700 ms) is more than a quarter of 2 s. ${remedy}`,
    ]);
    expect(loaded(withFile({ redis: { commandTimeoutMs: 1500 } })).ok).toBe(true);
    expect(loaded(withFile({ redis: { commandTimeoutMs: 500, leaseS: 2 } })).ok).toBe(true);
  });

  it('find a policy whose groups overlap', () => {
    const policy = [{ platforms: ['web'] }, { platforms: ['web', 'ios'] }];
    expect(problems(withFile({ policy }))).toEqual([
      expect.stringMatching(/^file g\.json, key policy: .*web.*already stands in group 1/),
    ]);
  });

  it('name the app whose own policy has overlapping groups', () => {
    const policy = [{ platforms: ['web'] }, { platforms: ['web', 'ios'] }];
    const apps = [
      { id: 1, keys: [{ secret: 'a' }] },
      { id: 2, keys: [{ secret: 'b' }], policy },
      { id: 3, keys: [{ secret: 'c' }], policy },
    ];
    expect(problems(withFile({ apps, policy: 'dual' }, { flags: {} }))).toEqual([
      expect.stringMatching(/^file g\.json, key apps\[1\]\.policy: .*web/),
      expect.stringMatching(/^file g\.json, key apps\[2\]\.policy: .*web/),
    ]);
  });

  it.each(['http://x.example/', 'x.example', 'HTTP://X.EXAMPLE', 'http://a b', ''])(
    'refuse %j as an origin',
    (origin) => {
      expect(problems(withFile({ origins: [origin] }))).toEqual([
        expect.stringMatching(/^file g\.json, key origins\[0\]: /),
      ]);
    },
  );

  it('ask for both the address and the secret of the back end that decides who may be seen', () => {
    const visibility = 'callback';
    const callbackUrl = 'https://back.example/see';
    expect(problems(withFile({ presence: { visibility } }))).toEqual([
      expect.stringMatching(
        /^file g\.json, key presence\.visibility: presence\.callbackUrl is missing/,
      ),
    ]);
    expect(problems(withFile({ presence: { visibility, callbackUrl } }))).toEqual([
      expect.stringMatching(/key presence\.visibility: presence\.callbackSecret is missing/),
    ]);
    const callbackSecret = 'a-secret-of-16-c';
    const whole = { visibility, callbackUrl, callbackSecret };
    expect(loaded(withFile({ presence: whole })).warnings.join()).not.toContain('callback');
  });

  it.each(['ftp://x', 'https://user:pw@back.example', 'back.example', ''])(
    'refuse %j as the address of a back end',
    (callbackUrl) => {
      expect(problems(withFile({ presence: { callbackUrl } })).join()).toContain('callbackUrl');
    },
  );

  it('ask for both of the back end that is asked about messages, also where one app wants it', () => {
    const url = { callbackUrl: 'https://back.example/send' };
    const whole = { ...url, callbackSecret: 'a-secret-of-16-c' };
    const userMessages = 'callback';
    expect(problems(withFile({ userMessages }))).toEqual([
      expect.stringMatching(/^file g\.json, key userMessages: pushes\.callbackUrl is missing/),
    ]);
    expect(problems(withFile({ userMessages, pushes: url }))).toEqual([
      expect.stringMatching(/key userMessages: pushes\.callbackSecret is missing/),
    ]);
    expect(loaded(withFile({ userMessages, pushes: whole })).warnings.join()).not.toContain(
      'callback',
    );
    const [app] = [{ id: 2, keys: [{ secret: 'b' }], userMessages }];
    const file = { apps: [{ id: 1, keys: [{ secret: 'a' }] }, app] };
    expect(problems(withFile(file, { flags: {} }))).toEqual([
      expect.stringMatching(/key apps\[1\]\.userMessages: pushes\.callbackUrl is missing/),
    ]);
  });

  it('never show the secret of the back end', () => {
    const secret = 'too short \u00fc';
    expect(problems(withFile({ presence: { callbackSecret: secret } })).join()).not.toContain(
      'too',
    );
  });

  it('warn of a back end that is not asked, and of one that is asked in clear', () => {
    const { warnings } = loaded(withFile({ presence: { callbackUrl: 'http://back.example' } }));
    expect(warnings.join('\n')).toMatch(/nobody is asked.*\n.*not https/);
    const more = loaded(withFile({ pushes: { callbackUrl: 'http://back.example' } })).warnings;
    expect(more.join('\n')).toMatch(/userMessages of no app.*\n.*pushes\.callbackUrl is not https/);
  });

  it.each(['http://localhost', 'localhost:6380', 'redis://', 'ftp://x'])(
    'refuse %j as a Redis address without repeating it',
    (url) => {
      const [line = '', ...more] = problems(
        inputOf({ flags: { apps: ['1:s'], 'redis.url': url } }),
      );
      expect(line).toMatch(/^flag --redis: the value \(not shown\) does not fit/);
      expect(more).toEqual([]);
    },
  );

  it('never take a key of an object that comes with the language', () => {
    const files = {
      'g.json': '{"__proto__": {"port": 1}, "constructor": 1, "ticket": {"__proto__": 1}}',
    };
    const lines = problems(inputOf({ configFile: 'g.json' }, files));
    expect(lines).toHaveLength(3);
    expect(({} as { port?: number }).port).toBeUndefined();
  });
});
