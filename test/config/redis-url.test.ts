import { describe, expect, it } from 'vitest';
import { maskRedisUrl, parseRedisUrl, redisPasswords } from '../../gateway/config/redis-url.ts';
import { maskConfig } from '../../gateway/config/print.ts';
import { inputOf, loaded, problems, withFile } from './input.ts';

const flagsWith = (url: string) => ({ flags: { apps: ['1:s'], 'redis.url': url } });

describe('a Redis address', () => {
  it.each([
    'redis://localhost',
    'redis://h:1/2',
    'rediss://h',
    'redis://[::1]:1',
    'redis:///3',
    'redis://user:p@ss@h',
    'redis://user:p%2Fss%25@h:1/0',
    'redis://h/0?password=s3cret&family=6',
    '/run/redis.sock',
    '/run/redis.sock?password=s3cret',
    'redis+sentinel://h/main',
    'rediss+sentinel://user:p%2Fss@h1:26379,h2,[::1]:3/my-main.1/2',
    'redis+cluster://h1:1',
    'rediss+cluster://:pass@h1:1,h2:2',
  ])('such as %s is accepted', (url) => {
    expect(loaded(inputOf(flagsWith(url))).config.redis.url).toBe(url);
  });

  const none = { username: '', password: '', isTls: false };
  it.each([
    ['redis://h', { kind: 'standalone', host: 'h', port: 6379, database: 0, family: 0, ...none }],
    [
      'rediss://us%40er:p%2Fss@[::1]:7/3?family=6',
      {
        kind: 'standalone',
        host: '::1',
        port: 7,
        database: 3,
        family: 6,
        username: 'us@er',
        password: 'p/ss',
        isTls: true,
      },
    ],
    [
      'redis://h?password=p%2Fss&username=me&db=4',
      {
        kind: 'standalone',
        host: 'h',
        port: 6379,
        database: 4,
        family: 0,
        username: 'me',
        password: 'p/ss',
        isTls: false,
      },
    ],
    [
      '/run/redis.sock?password=s&db=1',
      { kind: 'socket', path: '/run/redis.sock', database: 1, ...none, password: 's' },
    ],
    [
      'rediss+sentinel://u:p@h1,[::1]:5/main/2',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'h1', port: 26_379 },
          { host: '::1', port: 5 },
        ],
        master: 'main',
        database: 2,
        username: 'u',
        password: 'p',
        isTls: true,
      },
    ],
    [
      'redis+cluster://h1:1,h2',
      {
        kind: 'cluster',
        nodes: [
          { host: 'h1', port: 1 },
          { host: 'h2', port: 6379 },
        ],
        ...none,
      },
    ],
  ])('is read part by part: %s', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  it.each([
    ['redis+cluster://h1:1,h2:2', ['redis+cluster://h1:1', 'h2:2']],
    ['redis+cluster://h1:1,h2:2', ['redis+cluster://h1:1', 'redis+cluster://h2:2']],
    ['redis+sentinel://h1,h2/main', ['redis+sentinel://h1', 'h2/main']],
  ])('may be a list in the file: %s', (url, list) => {
    expect(loaded(withFile({ redis: { url: list } })).config.redis.url).toBe(url);
  });

  it.each([
    ['/', 'redis://:canary/canary@h'],
    ['#', 'redis://:canary#canary@h'],
    ['?', 'redis://user:canary?canary@h'],
    ['%', 'redis://:canary%canary@h'],
    ['% in the user', 'redis://canary%:x@h'],
    ['/ behind digits, which then reads as a port', 'redis://canary:12/canary@h'],
    ['# behind digits', 'redis://canary:12#canary@h'],
    ['? behind digits', 'redis://canary:12?canary@h'],
    ['/, for Sentinels', 'redis+sentinel://:canary/canary@h/main'],
    ['@, for a Cluster', 'redis+cluster://:canary@canary@h:1'],
    ['%, for a Cluster', 'redis+cluster://:canary%canary@h:1'],
  ])('with a bare %s in its password is refused with what to do', (_what, url) => {
    const [line, ...more] = problems(inputOf(flagsWith(url)));
    expect(line).toMatch(/^flag --redis: the value \(not shown\) .*percent-encoded/);
    expect(line).not.toContain('canary');
    expect(more).toEqual([]);
  });

  it.each([
    'redis://h:99999',
    'redis://h/none',
    'redis://h/1#x',
    'redis://h?keyPrefix=x',
    '//h:1',
    'redis+sentinel://h:1',
    'redis+sentinel://h:1/main/x',
    'redis+sentinel:///main',
    'redis+cluster://h:1,',
    'redis+cluster://h:99999',
    'redis+cluster://h:1/1',
    'redis+other://h:1',
  ])('that no client can use is refused: %s', (url) => {
    expect(problems(inputOf(flagsWith(url)))).toHaveLength(1);
  });

  it.each([
    ['redis://h:1/2', 'redis://h:1/2'],
    ['redis://user:canary@h', 'redis://user:***@h'],
    ['redis://user:p@canary@h', 'redis://user:***@h'],
    ['redis://:canary@h:1', 'redis://:***@h:1'],
    ['redis://canary@h:1', 'redis://***@h:1'],
    ['redis://:p/canary@h', '***'],
    ['redis://u:1/canary@h', '***'],
    ['redis://h/0?password=canary', 'redis://h/0?password=***'],
    ['redis://h/0?family=6&password=canary', 'redis://h/0?family=6&password=***'],
    ['redis://h/0?password=canary&password=canary2', 'redis://h/0?password=***'],
    ['redis+sentinel://u:canary@h1,h2/main', 'redis+sentinel://u:***@h1,h2/main'],
    ['redis+cluster://:canary@h1:1,h2:2', 'redis+cluster://:***@h1:1,h2:2'],
    ['redis+cluster://canary@h1:1', 'redis+cluster://***@h1:1'],
    ['redis+cluster://h1:1', 'redis+cluster://h1:1'],
    ['redis+cluster://u:canary@h1:x', '***'],
    ['/run/redis.sock', '/run/redis.sock'],
    ['/run/redis.sock?password=canary&db=1', '/run/redis.sock?password=***&db=1'],
  ])('is printed without its password: %s', (url, printed) => {
    expect(maskRedisUrl(url)).toBe(printed);
  });

  it.each([
    ['redis://h', []],
    ['redis://user:canary@h', ['canary']],
    ['redis://user:ca%2Fry@h', ['ca%2Fry', 'ca/ry']],
    ['redis://h?password=ca%2Fry', ['ca/ry']],
    ['/run/redis.sock?password=canary', ['canary']],
    ['redis+sentinel://u:ca%2Fry@h/main', ['ca%2Fry', 'ca/ry']],
    ['redis+cluster://h:1', []],
    ['redis://:p/canary@h', []],
  ])('tells its passwords to those who must hide them: %s', (url, passwords) => {
    expect(redisPasswords(url)).toEqual(passwords);
  });

  it('is printed with no secret around it either', () => {
    const url = 'redis+sentinel://:canary@h/main';
    const flags = { apps: ['1:s'], 'redis.url': url, 'redis.sentinelPassword': 'canary2' };
    const printed = JSON.stringify(maskConfig(loaded(inputOf({ flags })).config));
    expect(printed).not.toContain('canary');
    expect(printed).toContain('"sentinelPassword":"***"');
  });

  it.each([
    ['redis.tls.serverName', 'redis://h', /^flag --redis-tls-server-name: .*TLS\. Write rediss/],
    ['redis.sentinelPassword', 'redis://h', /^flag --redis-sentinel-password: .*no Sentinels/],
    ['redis.tls.certFile', 'rediss://h', /^flag --redis-tls-cert-file: redis\.tls\.keyFile is/],
    ['redis.tls.caFile', 'rediss://h', /^flag --redis-tls-ca-file: the file \/x cannot be read/],
  ])('is not given %s in vain', (key, url, line) => {
    const flags = { apps: ['1:s'], 'redis.url': url, [key]: '/x' };
    expect(problems(inputOf({ flags }))[0]).toMatch(line);
  });

  it('is refused with a file of authorities that holds none', () => {
    const flags = { apps: ['1:s'], 'redis.url': 'rediss://h', 'redis.tls.caFile': '/ca' };
    expect(problems(inputOf({ flags }, { '/ca': 'canary' }))).toEqual([
      expect.stringMatching(/^flag --redis-tls-ca-file: the file \/ca holds no certificate/),
    ]);
  });
});
