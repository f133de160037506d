import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app } from '../support/deployment.ts';
import { runGateway } from '../support/gateway-process.ts';
import { startRedis } from '../support/redis-server.ts';
import { kinds } from '../transport/harness.ts';

const env = { GATEHOUSE_APP: `${app.sdkAppId}:${app.secret}` };
const anyPorts = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0'];

describe.concurrent('a start that cannot succeed', () => {
  const holder = createServer();
  let takenPort = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    takenPort = String((holder.address() as AddressInfo).port);
  });
  afterAll(() => void holder.close());

  it.each(kinds)('names the port that is taken and ends with 1, on %s', async (transport) => {
    const flags = ['--transport', transport, ...anyPorts, '--port', takenPort];
    const { code, stderr } = await runGateway(['start', ...flags], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`cannot listen on 127\\.0\\.0\\.1 port ${takenPort}.*EADDRINUSE`),
    );
  });

  it('names the admin port that is taken and ends with 1', async () => {
    const flags = [...anyPorts, '--admin-port', takenPort];
    const { code, stderr } = await runGateway(['start', ...flags], env);
    expect(code).toBe(1);
    expect(stderr).toContain(takenPort);
    expect(stderr).toContain('EADDRINUSE');
  });

  it(
    'gives up on a Redis that is not there, names it and ends with 1',
    { timeout: 30_000 },
    async () => {
      const flags = [...anyPorts, '--redis', 'redis://:canary-password@127.0.0.1:9'];
      const { code, stderr } = await runGateway(['start', ...flags], env);
      expect(code).toBe(1);
      expect(stderr).toMatch(/cannot start: cannot reach Redis.*ECONNREFUSED/);
      expect(stderr).not.toContain('canary-password');
    },
  );

  it('refuses a break for tests that nobody knows, or that would break nothing', async () => {
    const start = (name: string, ...flags: readonly string[]) =>
      runGateway(['start', ...anyPorts, ...flags], { ...env, GATEHOUSE_TEST_BREAK: name });
    const unknown = await start('skip-audits', '--redis', 'redis://127.0.0.1:9');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('GATEHOUSE_TEST_BREAK: unknown break "skip-audits"');
    const idle = await start('skip-audit');
    expect(idle.code).toBe(1);
    expect(idle.stderr).toContain('GATEHOUSE_TEST_BREAK breaks only the registry in Redis');
  });

  it('says aloud that it is broken on purpose', { timeout: 30_000 }, async () => {
    const flags = [...anyPorts, '--redis', 'redis://127.0.0.1:9', '--log-format', 'json'];
    const set = { ...env, GATEHOUSE_TEST_BREAK: 'skip-audit' };
    const { stdout, stderr } = await runGateway(['start', ...flags], set);
    expect(stdout + stderr).toContain('THIS NODE IS BROKEN ON PURPOSE');
  });

  it('refuses a Redis that is laid out for another deployment', async ({ onTestFinished }) => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await redis.call('SET', 'gatehouse:deployment', 'something else');
    const { code, stderr } = await runGateway(['start', ...anyPorts, '--redis', redis.url], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot start: .*gatehouse/);
  });

  it('reports everything that is wrong with the configuration, with the nearest name, and ends with 2', async ({
    onTestFinished,
  }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'gatehouse.json');
    writeFileSync(file, JSON.stringify({ ticket: { graseS: 5 }, policy: 'quadruple' }));
    const flags = ['--config', file, '--polcy', 'single', '--port', 'many'];
    const { code, stderr, stdout } = await runGateway(['start', ...flags], {
      ...env,
      GATEHOUSE_TRANSPROT: 'ws',
    });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const name of ['graceS', '--policy', 'GATEHOUSE_TRANSPORT', 'quadruple', '--port']) {
      expect(stderr).toContain(name);
    }
    expect(stderr).not.toContain(app.secret);
  });

  it('without an app says how to give one and ends with 2', async () => {
    const { code, stderr } = await runGateway(['start', ...anyPorts]);
    expect(code).toBe(2);
    expect(stderr).toContain('--app');
  });
});
