import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { officialTicket } from '../support/official-ticket.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const app = { sdkAppId: 1_400_000_000, secret: 'canary-key-of-the-documents-0123456789' };

/** The JavaScript blocks of a page. */
function examplesOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block as string);
}

const examples = ['README.md', 'docs/client.md'].flatMap((page) =>
  examplesOf(page).map((code, i) => ({ name: `${page}, number ${i + 1}`, code })),
);

/** What the example with such words in it prints. */
const prints: readonly [string, RegExp][] = [
  ["from 'ws'", /^$/],
  ['error.docs', /^70003 docs\/errors\.md#70003-ticketmalformed$/],
  ['page.abort', /^[\w-]+-\d+$/],
  ['client.watch', /^2 0$/m],
  ['client.sendMessage', /^0$/],
  ['messageReceived', /^true$/],
  ['saveConversationList', /title: 'Tea'/],
  ['getLoginStatus', /^alice loggedIn$/],
];

describe('the examples of the client', () => {
  let folder: string;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache', 'examples-'));
    const env = {
      GATEHOUSE_APP: `${app.sdkAppId}:${app.secret}`,
      GATEHOUSE_USER_MESSAGES: 'allow',
    };
    gateway = await GatewayProcess.start({ flags: [], env });
    // The names in the examples lead to the gateway of the test, and to a back end that makes tickets.
    writeFileSync(
      join(folder, 'names.mjs'),
      `import { WebSocket } from 'ws';
      globalThis.WebSocket = class extends WebSocket {
        constructor(url, protocols) {
          super(url.replace('wss://chat.example', '${gateway.url}'), protocols);
        }
      };
      globalThis.fetch = async (url) => {
        if (url !== 'https://api.example/user-sig/alice') throw new Error(url);
        return new Response('${officialTicket({ ...app, userId: 'alice' })}');
      };`,
    );
  });
  afterAll(async () => {
    await gateway?.kill();
    rmSync(folder, { recursive: true });
  });

  it('are all there', () => {
    expect(examples.map(({ name }) => name)).toContain('README.md, number 1');
    expect(examples.length).toBeGreaterThanOrEqual(7);
    const readme = examplesOf('README.md')[0] ?? '';
    expect(readme.trim().split('\n').length).toBeLessThanOrEqual(12);
  });

  it.each(examples)('run as they stand: $name', async ({ name, code }) => {
    const program = join(folder, `${name.replace(/\W+/g, '-')}.mjs`);
    writeFileSync(program, `${code}\nprocess.exit(0);\n`);
    const { stdout } = await run(process.execPath, [
      '--import',
      join(folder, 'names.mjs'),
      program,
    ]);
    const [, expected] = prints.find(([part]) => code.includes(part)) ?? [];
    expect(expected, 'this file says what it prints').toBeDefined();
    expect(stdout.trim()).toMatch(expected as RegExp);
  });

  it('and a program that has logged out ends by itself: nothing of the client is left', async () => {
    const program = join(folder, 'ends.mjs');
    writeFileSync(
      program,
      `import { createClient } from 'gatehouse/client';
      const client = createClient({ url: 'wss://chat.example', sdkAppId: 1400000000 });
      const getTicket = async () => (await fetch('https://api.example/user-sig/alice')).text();
      await client.login({ userID: 'alice', getTicket });
      await client.logout();
      await client.login({ userID: 'alice', getTicket });
      client.destroy();
      console.log('done');`,
    );
    // Killed, and so rejected, when it lives longer than any timer of a client that is left to itself.
    const options = { timeout: 9000 };
    const args = ['--import', join(folder, 'names.mjs'), program];
    expect((await run(process.execPath, args, options)).stdout).toBe('done\n');
  });
});
