import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FrameClient } from '../support/frame-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const run = promisify(execFile);

describe('a node in development mode, without Redis and without a file', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await GatewayProcess.start({ flags: ['--dev'] });
    await vi.waitFor(() => expect(pasteLines()).toHaveLength(2));
  });
  afterAll(() => gateway?.kill());

  /** The lines that are printed for a second and a third terminal. */
  const pasteLines = (): string[] =>
    gateway.stdout
      .split('\n')
      .flatMap((line) => /^\s+(npm run .*connect ws:.*)$/.exec(line)?.[1] ?? []);
  const told = (name: string): string =>
    new RegExp(`^ +${name} +(\\S+)`, 'm').exec(gateway.stdout)?.[1] ?? '';

  it('prints an address, an app, a user and a ticket that log in', async () => {
    expect(told('clients')).toBe(gateway.url);
    const client = await FrameClient.connect(told('clients'));
    const login = { sdkAppId: Number(told('app')), userId: told('user'), userSig: told('ticket') };
    expect(await client.login({ ...login, platform: 'ios' })).toMatchObject({ name: 'loggedIn' });
    const answer = await fetch(told('admin'));
    expect(await answer.json()).toMatchObject({ ready: true, registry: { kind: 'memory' } });
  });

  it('prints a line that can be pasted: it lists the sessions of the user', async () => {
    const [, line = ''] = /^ {2}(GATEHOUSE_ADMIN_KEY=.* sessions .*)$/m.exec(gateway.stdout) ?? [];
    const client = await FrameClient.connect(told('clients'));
    const login = { sdkAppId: Number(told('app')), userId: told('user'), userSig: told('ticket') };
    const { stdout: none } = await run('sh', ['-c', line]);
    await client.login({ ...login, platform: 'mac' });
    const { stdout } = await run('sh', ['-c', line]);
    expect(stdout).toMatch(/ mac .* online +127\.0\.0\.1\n/);
    expect(none).not.toContain(' mac ');
    client.cut();
  });

  it(
    'prints lines that can be pasted: the first logs in, the second kicks it',
    { timeout: 40_000 },
    async () => {
      const [firstLine = '', secondLine = ''] = pasteLines();
      const first = paste(firstLine);
      expect(await first.next()).toMatch(/^\[33,1,/);
      const second = paste(secondLine);
      expect(await second.next()).toMatch(/^\[33,1,/);
      expect(await first.next()).toMatch(
        /^\[64,0,6208,"multipleAccount","web","second-device",\d+\]$/,
      );
      expect(await first.ended).toBe(0);
      second.end();
    },
  );
});

/** Runs a line in a shell, as it stands. */
function paste(line: string): {
  /** The next line it prints. */
  readonly next: () => Promise<string>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  readonly end: () => void;
} {
  // A group of its own: npm and the shell do not hand a signal on to what they run.
  const child = spawn('sh', ['-c', line], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: async () => String((await lines.next()).value),
    ended: once(child, 'exit').then(([code]) => code as number | null),
    end: () => process.kill(-(child.pid as number), 'SIGKILL'),
  };
}
