import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';
import { FrameClient } from '../support/frame-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const main = fileURLToPath(new URL('../../dist/gateway/main.js', import.meta.url));
const secret = 'canary-3f9a1c5e7b2d4860';
const sdkAppId = 1_400_000_000;

let folder = '';
let gateway: GatewayProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
});

afterEach(async () => {
  await gateway?.kill();
  gateway = undefined;
  rmSync(folder, { recursive: true });
});

/** Runs the built command to its end. */
function run(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    input: '',
  });
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('the process', () => {
  it('weighs flag over environment over file', () => {
    const config = file(
      'g.json',
      '{"ticket": {"graceS": 1}, "apps": [{"id": 1, "keys": [{"secret": "s"}]}]}',
    );
    const graceS = (words: string[], env = {}): unknown => {
      const { stdout } = run(['config', 'print', '--config', config, ...words], env);
      return (JSON.parse(stdout) as { ticket: { graceS: number } }).ticket.graceS;
    };
    const env = { GATEHOUSE_TICKET_GRACE_S: '2' };
    expect(graceS([])).toBe(1);
    expect(graceS([], env)).toBe(2);
    expect(graceS(['--ticket-grace-s', '3'], env)).toBe(3);
  });

  it('reads a secret from the file that the environment names', () => {
    const path = file('app', `${sdkAppId}:${secret}\n`);
    const made = run(['ticket', 'new', '--user', 'alice'], { GATEHOUSE_APP_FILE: path });
    expect(made.status).toBe(0);
    const env = { GATEHOUSE_APP: `${sdkAppId}:${secret}` };
    expect(run(['ticket', 'inspect', made.stdout.trim()], env).status).toBe(0);
    expect(run(['ticket', 'inspect', made.stdout.trim()], { GATEHOUSE_APP: '1:x' }).status).toBe(3);
  });

  it('exits with 2 and every problem on standard error when it is configured wrongly', () => {
    const { status, stdout, stderr } = run(['start', '--prot', '1', '--app', secret], {
      GATEHOUSE_LOG_LEVLE: 'info',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(4);
    expect(stderr).toContain('GATEHOUSE_LOG_LEVEL.');
    expect(stderr).not.toContain(secret);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const child = spawn(process.execPath, [main, 'config', 'docs'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const said = readAll(child.stderr);
    const [status] = (await once(child, 'exit')) as [number];
    expect({ status, said: await said }).toEqual({ status: 0, said: '' });
  });
});

describe('a secret of a running gateway', () => {
  it('is in no log line, metric or health answer', async () => {
    const ticketOf = (key: string, expireS: number): string =>
      makeUserSig({
        sdkAppId,
        secret: key,
        userId: 'alice',
        expireS,
        issuedAt: Math.floor(Date.now() / 1000),
      });
    const good = ticketOf(secret, 600);
    const renewed = ticketOf(secret, 700);
    const forged = ticketOf('another-key-than-the-real-one', 600);

    gateway = await GatewayProcess.start({
      flags: ['--log-level', 'trace', '--drain-window-s', '0', '--config', file('g.json', '{}')],
      env: { GATEHOUSE_APP: `${sdkAppId}:${secret}` },
    });
    const client = await FrameClient.connect(gateway.url, { encoding: 'json' });
    const user = { sdkAppId, userId: 'alice' };
    expect((await client.login({ ...user, userSig: forged })).name).toBe('failed');
    expect((await client.login({ ...user, userSig: good })).name).toBe('loggedIn');
    expect((await client.request({ name: 'renew', userSig: renewed })).name).toBe('renewed');
    const second = await FrameClient.connect(gateway.url);
    expect((await second.login({ ...user, userSig: good })).name).toBe('loggedIn');
    expect((await client.next('kicked')).kickType).toBe('multipleAccount');
    second.sendRaw(`{"userSig": "${good}"}`);
    await second.closed();

    const answers = await Promise.all(
      ['metrics', 'readyz', 'livez'].map(async (path) =>
        (await fetch(`${gateway?.adminUrl}/${path}`)).text(),
      ),
    );
    gateway.signal('SIGTERM');
    expect(await gateway.ended()).toBe(0);

    const everything = [gateway.stdout, gateway.stderr, ...answers].join('\n');
    expect(everything).toContain('gatehouse_logins_total 2');
    for (const canary of [secret, good, renewed, forged])
      expect(everything).not.toContain(canary.slice(0, 40));
    expect(answers.join('\n')).not.toContain('alice');
  });
});
