import { describe, expect, it } from 'vitest';
import { configKeys } from '../../gateway/config/keys.ts';
import { run } from './terminal.ts';

const app = '1400000000:canary-3f9a1c5e7b';

describe('gatehouse start', () => {
  it('runs a node with the configuration of flags, environment and file', async () => {
    const words = [
      'start',
      '--config',
      'g.json',
      '--app',
      app,
      '--port',
      '0',
      '--redis',
      '/r.sock',
    ];
    const { code, started, out } = await run(words, {
      env: { GATEHOUSE_TICKET_GRACE_S: '7' },
      files: { 'g.json': '{"nodeName": "n1", "port": 9}' },
    });
    expect(code).toBe(0);
    expect(out).toBe('');
    expect(started).toHaveLength(1);
    expect(started[0]).toMatchObject({
      version: '1.2.3',
      config: { port: 0, nodeName: 'n1', ticket: { graceS: 7 }, redis: { url: '/r.sock' } },
    });
  });

  it('takes --app and --origin more than once, and the value behind an equals sign', async () => {
    const { started } = await run([
      'start',
      '--app=1:a',
      '--app',
      '2:b',
      '--origin=https://a.example',
      '--origin',
      'https://b.example',
      '--log-level=debug',
    ]);
    expect(started[0]?.config).toMatchObject({
      apps: [{ id: 1 }, { id: 2 }],
      origins: ['https://a.example', 'https://b.example'],
      log: { level: 'debug' },
    });
  });

  it('tells all problems at once and exits with 2 without starting', async () => {
    const { code, err, out, started } = await run(
      ['start', '--prot', '80', '--port', 'x', '--app', 'canary-3f9a1c5e7b', 'word'],
      { env: { GATEHOUSE_DERV: '1' } },
    );
    expect(code).toBe(2);
    expect(started).toEqual([]);
    expect(out).toBe('');
    expect(err.trim().split('\n')).toHaveLength(6);
    expect(err).toContain('flag --prot: unknown flag. The nearest known one is --port.');
    expect(err).toContain(
      'environment GATEHOUSE_DERV: unknown variable. The nearest known one is GATEHOUSE_DEV.',
    );
    expect(err).not.toContain('canary');
  });

  it('tells whether the app is the sample one', async () => {
    const sampleId = '1400000000';
    const own = await run(['start', '--dev', '--app', `${sampleId}:own`]);
    expect(own.started[0]?.isSampleApp).toBe(false);
    expect((await run(['start', '--dev'])).started[0]?.isSampleApp).toBe(true);
  });

  it('says what a switch with a value does wrong', async () => {
    const { code, err } = await run(['start', '--dev=true', '--app', app]);
    expect(code).toBe(2);
    expect(err).toContain('flag --dev: it takes no value. Write --dev alone, or leave it out.');
  });

  it('shows the choices and bounds of every value in its help', async () => {
    const { out } = await run(['start', '--help']);
    const words = out.replaceAll(/\s+/g, ' ');
    const valued = configKeys.filter((key) => !['fileOnly', 'boolean'].includes(key.kind));
    expect(valued.length).toBeGreaterThan(30);
    for (const key of valued) expect(words).toContain(`(${key.shape})`);
  });

  it('takes every flag of every key', async () => {
    const { out } = await run(['start', '--help']);
    const flags = configKeys.flatMap((key) => key.flags);
    expect(flags.length).toBeGreaterThanOrEqual(40);
    for (const flag of flags) expect(out).toContain(flag);
  });
});

describe('gatehouse config', () => {
  it('prints the configuration as JSON without its secrets', async () => {
    const { code, out } = await run([
      'config',
      'print',
      '--app',
      app,
      '--redis',
      'redis://:canary-3f9a1c5e7b@h:1',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      port: 7600,
      apps: [{ id: 1_400_000_000, keys: [{ secret: '***' }] }],
      redis: { url: 'redis://:***@h:1' },
    });
    expect(out).not.toContain('canary');
  });

  it('prints where each value came from', async () => {
    const words = ['config', 'print', '--sources', '--app', app];
    const { out } = await run(words, { env: { GATEHOUSE_PORT: '0' } });
    expect(out.trim().split('\n')).toEqual([
      'port\tenvironment GATEHOUSE_PORT',
      'apps\tflag --app',
      'nodeName\tthe host name',
    ]);
  });

  it('checks without starting anything', async () => {
    const good = await run(['config', 'check', '--app', app]);
    expect(good).toMatchObject({ code: 0, out: 'the configuration is valid\n', started: [] });
    expect(good.err).toMatch(/^warning: a key given by --app/);
    expect(good.err).toMatch(/^warning: no Redis: /m);
    expect(await run(['config', 'check', '--port', '-1'])).toMatchObject({ code: 2, out: '' });
  });

  it.each([
    ['--origin', 'https://a:99999'],
    ['--redis', 'redis://:p#w@h'],
    ['--tls-cert-file', '/none'],
  ])('finds at the check what the start would find: %s %s', async (flag, value) => {
    const words = ['--app', app, '--tls-key-file', '/none', '--tls-cert-file', '/none'];
    const given = flag.startsWith('--tls') ? words : ['--app', app, flag, value];
    for (const command of [['config', 'check'], ['start']]) {
      const { code, err, started } = await run([...command, ...given]);
      expect({ code, started }).toEqual({ code: 2, started: [] });
      expect(err).toContain(`flag ${flag}`);
    }
  });

  it('prints the table of all keys', async () => {
    const { code, out } = await run(['config', 'docs']);
    expect(code).toBe(0);
    expect(out).toContain(
      '| `ticket.graceS` | `--ticket-grace-s N` | `GATEHOUSE_TICKET_GRACE_S` | 60 |',
    );
  });
});

describe('gatehouse', () => {
  it.each([
    [['version'], 0, /^1\.2\.3\n$/],
    [['--version'], 0, /^1\.2\.3\n$/],
    [['--help'], 0, /Usage: gatehouse/],
    [['ticket', 'new', '--help'], 0, /--expire/],
  ])('answers %j on standard output with code %d', async (words, code, pattern) => {
    const outcome = await run(words);
    expect(outcome).toMatchObject({ code, err: '' });
    expect(outcome.out).toMatch(pattern);
  });

  it.each([
    [[], /Usage/],
    [['tickt'], /Did you mean ticket/],
    [['ticket', 'nwe'], /Did you mean new/],
    [['start', '--port'], /argument missing/],
    [['connect'], /missing required argument/],
    [['connect', 'ws://127.0.0.1:1', '--timeout', 'x'], /above 0/],
    [['version', '--jsn'], /unknown option/],
  ])('answers the wrong call %j on standard error with code 2', async (words, pattern) => {
    const outcome = await run(words);
    expect(outcome).toMatchObject({ code: 2, out: '' });
    expect(outcome.err).toMatch(pattern);
  });
});
