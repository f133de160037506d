import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { maskRedisUrl, redisPasswords } from '../../gateway/config/redis-url.ts';
import { inputOf, loaded, problems } from './input.ts';

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
  ])('such as %s is accepted, and the client takes it', (url) => {
    expect(loaded(inputOf(flagsWith(url))).config.redis.url).toBe(url);
    expect(() => new Redis(url, { lazyConnect: true })).not.toThrow();
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
  ])('with a bare %s in its password is refused with what to do', (_what, url) => {
    const [line, ...more] = problems(inputOf(flagsWith(url)));
    expect(line).toMatch(/^flag --redis: the value \(not shown\) .*percent-encoded/);
    expect(line).not.toContain('canary');
    expect(more).toEqual([]);
  });

  it.each(['redis://h:99999', 'redis://h/none', 'redis://h/1#x', '//h:1'])(
    'that no client can use is refused: %s',
    (url) => {
      expect(problems(inputOf(flagsWith(url)))).toHaveLength(1);
    },
  );

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
    ['redis://:p/canary@h', []],
  ])('tells its passwords to those who must hide them: %s', (url, passwords) => {
    expect(redisPasswords(url)).toEqual(passwords);
  });
});
