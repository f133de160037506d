import { describe, expect, it } from 'vitest';
import { configKeys, type ConfigKey } from '../../gateway/config/keys.ts';
import { inputOf, loaded, madeSecret, problems, withFile } from './input.ts';

/** Three values each key of a kind takes, for the three sources. */
const samples: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  nodeName: ['by-flag', 'by-env', 'by-file'],
  host: ['127.0.0.2', '127.0.0.3', '127.0.0.4'],
  adminHost: ['127.0.0.2', '127.0.0.3', '127.0.0.4'],
  dev: [true, false, false],
  transport: ['uws', 'ws', 'auto'],
  policy: ['single', 'dual', 'multi'],
  kickedReturn: ['allow', 'refuse', 'refuse'],
  'sockets.handshakeLogin': ['off', 'allow', 'off'],
  'redis.url': ['redis://localhost:1', 'redis://localhost:2', 'redis://localhost:3'],
  'redis.prefix': ['flag', 'env', 'file'],
  'redis.sentinelUsername': ['flag', 'env', 'file'],
  'redis.sentinelPassword': ['flag', 'env', 'file'],
  'redis.tls.serverName': ['by.flag', 'by.env', 'by.file'],
  'presence.visibility': ['everyone', 'nobody', 'sameApp'],
  'presence.callbackUrl': ['https://flag.example', 'http://env:1/x', 'https://file.example/y?z'],
  'presence.callbackSecret': ['flag-secret-flag', 'env-secret-env-s', 'file-secret-file'],
  userMessages: ['allow', 'callback', 'off'],
  'pushes.callbackUrl': ['https://flag.example', 'http://env:1/x', 'https://file.example/y?z'],
  'pushes.callbackSecret': ['flag-secret-flag', 'env-secret-env-s', 'file-secret-file'],
  'webhooks.url': ['https://flag.example/', 'https://env.example/', 'https://file.example/'],
  'webhooks.token': ['flag-token', 'env-token', 'file-token'],
  'webhooks.keepOnly': [true, false, false],
  'log.level': ['debug', 'warn', 'error'],
  'log.format': ['pretty', 'json', 'auto'],
};

/** Of admin.key only the hash is kept: see admin-keys.test.ts. */
const scalars = configKeys.filter(
  (key) =>
    ['text', 'number', 'boolean'].includes(key.kind) &&
    key.shape !== 'path of a file' &&
    key.path !== 'admin.key',
);

/** What a key needs beside it to be of any use. */
function beside(key: ConfigKey): Record<string, string> {
  if (/^redis\.(sentinel|tls)/.test(key.path))
    return { GATEHOUSE_REDIS_URL: 'rediss+sentinel://localhost/main' };
  if (key.path === 'userMessages')
    return {
      GATEHOUSE_PUSHES_CALLBACK_URL: 'https://back.example',
      GATEHOUSE_PUSHES_CALLBACK_SECRET: 'a-secret-of-16-c',
    };
  if (key.path === 'webhooks.url') return { GATEHOUSE_WEBHOOKS_TOKEN: 'some-token' };
  return {};
}

function valuesOf(key: ConfigKey): readonly (string | number | boolean)[] {
  if (key.kind !== 'number') return samples[key.path] ?? [];
  const least = Number(/from (\d+)/.exec(key.shape)?.[1] ?? 0);
  return [least + 11, least + 12, least + 13];
}

function fileWith(path: string, value: unknown): Record<string, unknown> {
  const content = path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return content as Record<string, unknown>;
}

function valueAt(config: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], config);
}

/** Policy settings are handed out with the apps; everything else stands at its path. */
function effective(config: object, path: string): unknown {
  return /^(policy|limits|evictions|kickedReturn|userMessages|admins)/.test(path)
    ? valueAt((config as { apps: object[] }).apps[0] ?? {}, path)
    : valueAt(config, path);
}

describe('the sources of the configuration', () => {
  it('have a sample of every key', () => {
    expect(scalars.filter((key) => valuesOf(key).length !== 3).map((key) => key.path)).toEqual([]);
    expect(scalars.length).toBeGreaterThan(30);
  });

  it.each(scalars.map((key) => [key.path, key] as const))(
    'weigh flag over environment over file for %s',
    (path, key) => {
      const [byFlag, byEnv, byFile] = valuesOf(key);
      const app = { apps: ['1:secret'] };
      const file = fileWith(path, byFile);
      const none = beside(key);
      const env = { ...none, [key.env]: String(byEnv) };
      const flags = { ...app, [path]: byFlag === true ? true : String(byFlag) };

      expect(effective(loaded(withFile(file, { flags: app, env: none })).config, path)).toBe(
        byFile,
      );
      expect(effective(loaded(withFile(file, { flags: app, env })).config, path)).toBe(byEnv);
      expect(effective(loaded(withFile(file, { flags, env })).config, path)).toBe(byFlag);
    },
  );

  it.each(scalars.map((key) => [key.env, key] as const))('take %s_FILE as a path', (_env, key) => {
    const [, byEnv] = valuesOf(key);
    const env = { ...beside(key), [`${key.env}_FILE`]: '/run/value' };
    const { config } = loaded(inputOf({ env }, { '/run/value': `${byEnv}\n` }));
    expect(effective(config, key.path)).toBe(byEnv);
  });

  it('take the port of the convenience flags of the same path', () => {
    const { config, sources } = loaded(inputOf({ flags: { apps: ['7:s'], port: '0' } }));
    expect(config.port).toBe(0);
    expect(sources.get('port')).toBe('flag --port');
    expect(sources.has('adminPort')).toBe(false);
  });

  it('refuse a variable that is set both directly and by file', () => {
    const env = { GATEHOUSE_PORT: '1', GATEHOUSE_PORT_FILE: '/run/port' };
    expect(problems(inputOf({ env }, { '/run/port': '2' }))).toEqual([
      'environment GATEHOUSE_PORT_FILE: GATEHOUSE_PORT is set too. Set only one of the two.',
    ]);
  });

  it('take GATEHOUSE_TLS_CERT_FILE as the key it names, not as a file with a value', () => {
    const env = { GATEHOUSE_TLS_CERT_FILE: '/c.pem', GATEHOUSE_TLS_KEY_FILE: '/k.pem' };
    expect(problems(inputOf({ env }))).toEqual([
      expect.stringMatching(
        /^environment GATEHOUSE_TLS_CERT_FILE: the file \/c\.pem cannot be read/,
      ),
      expect.stringMatching(
        /^environment GATEHOUSE_TLS_KEY_FILE: the file \/k\.pem cannot be read/,
      ),
    ]);
  });

  it('treat an empty variable as unset', () => {
    expect(loaded(inputOf({ env: { GATEHOUSE_PORT: '' } })).config.port).toBe(7600);
  });

  it('split lists of the environment by spaces, commas and line breaks', () => {
    const env = { GATEHOUSE_ORIGIN: 'https://a.example, https://b.example\nhttps://c.example' };
    expect(loaded(inputOf({ env })).config.origins).toEqual([
      'https://a.example',
      'https://b.example',
      'https://c.example',
    ]);
  });

  it('ignore what Kubernetes puts into the environment for a service of the same name', () => {
    const env = {
      GATEHOUSE_PORT: 'tcp://10.0.0.1:7600',
      GATEHOUSE_PORT_7600_TCP_ADDR: '10.0.0.1',
      GATEHOUSE_SERVICE_HOST: '10.0.0.1',
      GATEHOUSE_REDIS_SERVICE_PORT: '6379',
    };
    const { config, warnings } = loaded(inputOf({ env }));
    expect(config.port).toBe(7600);
    expect(warnings).toContainEqual(expect.stringContaining('enableServiceLinks'));
  });

  it('take the file named by the environment unless a flag names one', () => {
    const files = { 'a.json': '{"port": 1}', 'b.json': '{"port": 2}' };
    const env = { GATEHOUSE_CONFIG: 'a.json' };
    expect(loaded(inputOf({ env }, files)).config.port).toBe(1);
    expect(loaded(inputOf({ env, configFile: 'b.json' }, files)).config.port).toBe(2);
  });
});

describe('a loaded configuration', () => {
  it('is frozen all the way down', () => {
    const { config } = loaded(inputOf());
    const parts: unknown[] = [config];
    for (const part of parts) {
      expect(Object.isFrozen(part)).toBe(true);
      for (const inner of Object.values(part as object))
        if (typeof inner === 'object' && inner !== null) parts.push(inner);
    }
    expect(parts.length).toBeGreaterThan(8);
  });

  it('makes a node name from the host name', () => {
    expect(loaded(inputOf()).config.nodeName).toBe('node-1-example');
    expect(loaded(inputOf({ hostname: 'x'.repeat(80) })).config.nodeName).toHaveLength(32);
    expect(loaded(inputOf({ hostname: '' })).config.nodeName).toBe('node');
  });

  it('has no Redis unless one is given', () => {
    const { config, warnings } = loaded(inputOf());
    expect(config.redis.url).toBeUndefined();
    const warning = 'no Redis: the embedded registry serves this one process only';
    expect(warnings).toContainEqual(expect.stringContaining(warning));
    const flags = { apps: ['1:s'], 'redis.url': 'redis://localhost:1' };
    expect(loaded(inputOf({ flags })).warnings.join()).not.toContain('no Redis');
  });
});

describe('development mode', () => {
  it('needs nothing: a sample app, loopback and every origin', () => {
    const { config, warnings } = loaded(inputOf({ flags: { dev: true } }));
    expect(config.apps).toMatchObject([{ id: 1_400_000_000, keys: [{ secret: madeSecret }] }]);
    expect(config.host).toBe('127.0.0.1');
    expect(config.origins).toEqual(['*']);
    expect(warnings).toEqual([]);
  });

  it('gives way to what is given', () => {
    const flags = {
      dev: true,
      host: '127.0.0.9',
      apps: ['5:given'],
      origins: ['http://x.example'],
    };
    const { config } = loaded(inputOf({ flags }));
    expect(config).toMatchObject({ host: '127.0.0.9', origins: ['http://x.example'] });
    expect(config.apps).toMatchObject([{ id: 5 }]);
  });

  it('is refused in production', () => {
    const input = inputOf({ flags: { dev: true }, env: { NODE_ENV: 'production' } });
    expect(problems(input)).toEqual([expect.stringMatching(/^flag --dev: .*NODE_ENV/)]);
  });

  it('warns when it is open to the network', () => {
    const input = inputOf({ flags: { dev: true, host: '0.0.0.0' } });
    expect(loaded(input).warnings).toEqual([expect.stringContaining('open to the network')]);
  });
});
