import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { decodeClientFrame, decodeServerFrame } from '../protocol/codec.ts';
import { inspectUserSig } from '../gateway/ticket/user-sig.ts';
import { GatewayProcess } from './support/gateway-process.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const run = promisify(execFile);

/** The commands of a page's blocks that are marked as shell. */
const commands = [...read('README.md').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) =>
  (block as string).trim(),
);
const freePorts = { ...process.env, GATEHOUSE_PORT: '0', GATEHOUSE_ADMIN_PORT: '0' };

/** An environment with a curl: a fresh Debian has none, and the suite needs nobody to install it. */
async function withCurl(): Promise<NodeJS.ProcessEnv> {
  const isThere = await run('curl', ['--version']).then(
    () => true,
    () => false,
  );
  if (isThere) return process.env;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-curl-'));
  // curl -s -d BODY URL
  const program = `#!${process.execPath}
    const [, , , , body, url] = process.argv;
    fetch(url, { method: 'POST', body }).then((answer) => answer.text()).then((text) => process.stdout.write(text));`;
  writeFileSync(join(folder, 'curl'), program, { mode: 0o755 });
  return { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
}

describe('README.md', () => {
  it('shows the commands this file runs and no others', () => {
    expect(commands.map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
      'npm start',
      'npm test',
      'npm run',
      'curl -s',
    ]);
  });

  it('npm start starts a gateway whose printed line logs in', async () => {
    const gateway = spawn('npm', ['start'], {
      cwd: root,
      env: freePorts,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    try {
      const line = await firstLine(gateway.stdout, /npm run .* connect /);
      const { stdout } = await run('sh', ['-c', `${line} --exit-after 1`], { cwd: root });
      expect(JSON.parse(stdout)).toEqual([
        33,
        1,
        expect.any(String),
        expect.any(Number),
        expect.any(Number),
        false,
        0,
        0,
      ]);
    } finally {
      // The whole group: npm does not pass every signal on to what it runs.
      process.kill(-(gateway.pid as number), 'SIGTERM');
    }
  });

  it('npm test is what the continuous integration runs', () => {
    expect(read('.ci/run')).toContain('npm test');
  });

  it('makes a ticket with the command it shows', async () => {
    const { stdout } = await run('sh', ['-c', commands[2] as string], { cwd: root });
    const { userSig } = JSON.parse(stdout) as { userSig: string };
    expect(inspectUserSig(userSig)).toMatchObject({
      kind: 'read',
      sdkAppId: 1_400_000_000,
      userId: 'alice',
      expireS: 3600,
    });
  });

  it('calls REST with the command it shows, on the gateway it shows', async () => {
    const [, shown] = /`npm run --silent gatehouse -- (start .*)`/.exec(read('README.md')) ?? [];
    const gateway = await GatewayProcess.start({ flags: (shown as string).split(' ').slice(1) });
    try {
      const line = (commands[3] as string).replace('http://127.0.0.1:7601', gateway.adminUrl);
      const { stdout } = await run('sh', ['-c', line], { cwd: root, env: await withCurl() });
      expect(JSON.parse(stdout)).toEqual({ ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' });
    } finally {
      await gateway.kill();
    }
  });

  it('shows a production command line that the gateway accepts', async () => {
    const [, shown] = /^gatehouse start (.*)$/m.exec(read('README.md')) ?? [];
    const secrets = join(mkdtempSync(join(tmpdir(), 'gatehouse-readme-')), 'apps');
    writeFileSync(secrets, '1400000000:a-secret-key\n');
    const flags = (shown as string).replace('/run/secrets/apps', secrets).split(' ');
    const { stdout, stderr } = await run(
      process.execPath,
      ['dist/gateway/main.js', 'config', 'check', ...flags],
      { cwd: root },
    );
    expect(`${stdout}${stderr}`).not.toContain('a-secret-key');
  });

  it.each([
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'protocol/PROTOCOL.md',
    'docs/rest.md',
    'docs/admin-api.md',
    'docs/client.md',
    'docs/from-tencent.md',
    'docs/pushes.md',
    'docs/webhooks.md',
    'docs/pushes.md',
  ])('%s links only to what exists', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link as string);
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    for (const link of links)
      expect(() => readFileSync(join(root, folder, link)), link).not.toThrow();
  });
});

describe.each(['README.md', 'protocol/PROTOCOL.md'])('the dialogues of %s', (page) => {
  it('consist of valid frames', () => {
    const lines = [...read(page).matchAll(/^([CG]): (\[.*\])$/gm)];
    expect(lines.length).toBeGreaterThan(1);
    for (const [line, who, frame] of lines) {
      const bytes = Buffer.from(frame as string);
      const decoded =
        who === 'C' ? decodeClientFrame(bytes, 'json') : decodeServerFrame(bytes, 'json');
      expect(decoded.kind, line).toBe('frame');
    }
  });
});

async function firstLine(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  for await (const line of createInterface({ input: stream })) {
    if (pattern.test(line)) return line.trim();
  }
  throw new Error(`no line with ${String(pattern)}`);
}
