import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { startAdminServer, type AdminServer } from '../../gateway/admin/admin-server.ts';
import type { Health } from '../../gateway/admin/health.ts';
import { json } from '../../gateway/admin/routes.ts';

const rest = { answer: () => Promise.resolve(json(200, { answered: true })) };
const v1 = { answer: () => Promise.resolve(json(200, { operated: true })) };
const healthy: Health = {
  ready: true,
  reasons: [],
  transport: 'uws',
  registry: { kind: 'redis', ready: true, auditing: false },
};

let server: AdminServer | undefined;
let errors: unknown[] = [];

afterEach(async () => {
  await server?.close();
  server = undefined;
  errors = [];
});

interface Shown {
  readonly health?: Health;
  readonly render?: () => Promise<string>;
}

/** Starts an admin port and returns its address. */
async function start({
  health = healthy,
  render = () => Promise.resolve('up 1\n'),
}: Shown = {}): Promise<string> {
  server = await startAdminServer({
    host: '127.0.0.1',
    port: 0,
    health: () => health,
    metrics: { contentType: 'text/plain; version=0.0.4', render },
    rest,
    v1,
    onError: (error) => errors.push(error),
  });
  return `http://127.0.0.1:${server.port}`;
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
async function rawRequest(bytes: string): Promise<string> {
  const socket = connect(server?.port ?? 0, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  return readAll(socket);
}

describe('the admin port', () => {
  it('says that the process lives', async () => {
    const response = await fetch(`${await start()}/livez`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ live: true });
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('says that the node takes clients', async () => {
    const response = await fetch(`${await start()}/readyz?verbose`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual(healthy);
  });

  it('says why the node takes none', async () => {
    const health: Health = {
      ...healthy,
      ready: false,
      reasons: ['the node is draining'],
      registry: { kind: 'redis', ready: false, auditing: false },
    };
    const response = await fetch(`${await start({ health })}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual(health);
  });

  it('serves the metrics in their own content type', async () => {
    const response = await fetch(`${await start()}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('up 1\n');
  });

  it('answers HEAD like GET without the body', async () => {
    const response = await fetch(`${await start()}/metrics`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('5');
    expect(await response.text()).toBe('');
  });

  it.each([
    ['/v4/openim/kick', { answered: true }],
    ['/v1/openapi.json', { operated: true }],
  ])('hands %s to its own part', async (path, answer) => {
    expect(await (await fetch((await start()) + path)).json()).toEqual(answer);
  });

  it.each(['/', '/v1', '/metrics/', '/healthz', '/__proto__', '//livez'])(
    'has nothing at %s',
    async (path) => {
      const response = await fetch((await start()) + path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ paths: ['/livez', '/readyz', '/metrics'] });
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('does not take %s', async (method) => {
    const response = await fetch(`${await start()}/livez`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('keeps the reason of a failure for itself', async () => {
    const fault = new Error('canary-3f9a1c5e7b');
    const url = await start({ render: () => Promise.reject(fault) });
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('canary');
    expect(errors).toEqual([fault]);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('refuses large headers and what is no HTTP', async () => {
    await start();
    const large = `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`;
    expect(await rawRequest(large)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await rawRequest('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('ends its connections when it closes', async () => {
    const url = await start();
    await (await fetch(`${url}/livez`)).text();
    const open = connect(server?.port ?? 0, '127.0.0.1');
    await new Promise((resolve) => open.once('connect', resolve));
    const gone = new Promise((resolve) => open.once('close', resolve));
    open.on('error', () => undefined);
    await server?.close();
    await gone;
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('says which port it cannot have and what to do', async () => {
    await start();
    const port = server?.port ?? 0;
    const again = startAdminServer({
      host: '127.0.0.1',
      port,
      health: () => healthy,
      metrics: { contentType: '', render: () => Promise.resolve('') },
      rest,
      v1,
      onError: () => undefined,
    });
    await expect(again).rejects.toThrow(
      new RegExp(`admin port ${port} .*127\\.0\\.0\\.1.*EADDRINUSE.*adminPort`),
    );
  });
});
