import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handshakeText, RawClient } from '../support/raw-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { kinds } from '../transport/harness.ts';

const get = (path: string, host: string): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

/** Asks the public port of a gateway under a name of this machine, or another one. */
function ask(gateway: GatewayProcess, path: string, hostName = '127.0.0.1') {
  const port = Number(new URL(gateway.url).port);
  return RawClient.ask({ port }, get(path, `${hostName}:${port}`));
}

describe.each(kinds)('the playground of development mode on %s', (kind) => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await GatewayProcess.start({ flags: ['--dev', '--transport', kind] });
    await vi.waitFor(() => expect(gateway.stdout).toContain('second-device'));
  });
  afterAll(() => gateway?.kill());

  it('is where the text of the start says', () => {
    const [, page] = /^ +playground (\S+)$/m.exec(gateway.stdout) ?? [];
    expect(page).toBe(`${gateway.url.replace('ws', 'http')}/`);
  });

  it.each([
    ['/', 'text/html; charset=utf-8', /<title>Gatehouse playground/],
    ['/playground.js', 'text/javascript; charset=utf-8', /sourceMappingURL=playground\.js\.map/],
    ['/playground.css', 'text/css; charset=utf-8', /color-scheme/],
    ['/playground.js.map', 'application/json', /"sources"/],
    ['/icon.svg', 'image/svg+xml', /<svg/],
    ['/playground.json', 'application/json', /"policy":"triple","makesTickets":true/],
  ])('serves %s as %s, with headers that forbid everything else', async (path, type, text) => {
    const { status, headers, body } = await ask(gateway, path);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect(body).toMatch(text);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = headers.get('content-security-policy')?.split('; ');
    const connect = /^connect-src 'self' http:\/\/127\.0\.0\.1:\d+ ws:\/\/127\.0\.0\.1:\*$/;
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      expect.stringMatching(connect),
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
  });

  it('has nothing in it that its own headers forbid, and loads nothing from elsewhere', async () => {
    const { body } = await ask(gateway, '/');
    expect(body).not.toMatch(/<script(?! type="module" src="\/)|<style| style=| on[a-z]+=|https?:/);
    expect((await ask(gateway, '/playground.css')).body).not.toMatch(/url\(|@import/);
  });

  it('is there under localhost too, and under no foreign name', async () => {
    expect((await ask(gateway, '/', 'localhost')).status).toBe(200);
    expect((await ask(gateway, '/', 'evil.example')).status).toBe(426);
    expect((await ask(gateway, '/playground.json', 'evil.example')).status).toBe(404);
  });

  it('has no files but its own', async () => {
    for (const path of ['/main.ts', '/../gateway/main.js', '/%2e%2e/gateway/main.js', '//'])
      expect((await ask(gateway, path)).status).toBe(404);
  });

  it('leaves clients where they are', async () => {
    const port = Number(new URL(gateway.url).port);
    expect((await RawClient.ask({ port }, handshakeText())).status).toBe(101);
  });

  it('makes a ticket, which is written nowhere', async () => {
    const facts = JSON.parse((await ask(gateway, '/playground.json')).body) as { apiUrl: string };
    const answer = await fetch(`${facts.apiUrl}/tickets`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: gateway.url.replace('ws', 'http'),
      },
      body: JSON.stringify({ userId: 'mallory', expireS: 20 }),
    });
    const { userSig } = (await answer.json()) as { userSig: string };
    expect(userSig).toMatch(/^\S{100,}$/);
    expect(gateway.stdout + gateway.stderr).not.toContain(userSig.slice(-20));
    expect(gateway.stdout + gateway.stderr).not.toContain('mallory');
  });
});

describe.each(kinds)('the public port of production on %s', (kind) => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await GatewayProcess.start({
      flags: ['--transport', kind],
      env: { GATEHOUSE_APP: '1400000000:a-key-of-this-test' },
    });
  });
  afterAll(() => gateway?.kill());

  it.each([
    ['/', 426],
    ['/playground.js', 404],
    ['/playground.json', 404],
    ['/tickets', 404],
    ['/links', 404],
  ])('answers %s with %i', async (path, status) => {
    const answer = await ask(gateway, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-security-policy')).toBeUndefined();
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });
});

describe('development mode', () => {
  it("has a playground for an operator's own app, which makes no tickets", async () => {
    const gateway = await GatewayProcess.start({
      flags: ['--dev'],
      env: { GATEHOUSE_APP: '1400000001:a-key-of-this-test' },
    });
    try {
      await vi.waitFor(() => expect(gateway.stdout).toContain('second-device'));
      const { body } = await ask(gateway, '/playground.json');
      expect(JSON.parse(body)).toMatchObject({ sdkAppId: 1_400_000_001, makesTickets: false });
    } finally {
      await gateway.kill();
    }
  });

  it('has none where others could reach it', async () => {
    const gateway = await GatewayProcess.start({ flags: ['--dev', '--host', '0.0.0.0'] });
    try {
      await vi.waitFor(() => expect(gateway.stdout).toContain('second-device'));
      expect(gateway.stdout).toContain('playground none on 0.0.0.0: it is for 127.0.0.1 only\n');
      expect((await ask(gateway, '/')).status).toBe(426);
    } finally {
      await gateway.kill();
    }
  });
});
