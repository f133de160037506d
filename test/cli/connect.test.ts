import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { run } from './terminal.ts';

/** A peer that echoes every text; its subprotocol and origin checks are those of the test. */
let server: WebSocketServer;
let url = '';
let origins: (string | undefined)[] = [];

beforeEach(async () => {
  origins = [];
  server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered) => (offered.has('gatehouse.v1.json') ? 'gatehouse.v1.json' : false),
  });
  server.on('connection', (socket: WebSocket, request) => {
    origins.push(request.headers.origin);
    socket.on('message', (data: Buffer) => {
      if (data.toString() === '[2,9]') socket.close(4500);
      else socket.send(data.toString());
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

describe('gatehouse connect', () => {
  it('sends its frames in order and prints one line for each it receives', async () => {
    const frames = ['--frame', '[1,1]', '--frame', '[3,2]'];
    const { code, out, err } = await run(['connect', url, ...frames, '--exit-after', '2']);
    expect({ code, out, err }).toEqual({ code: 0, out: '[1,1]\n[3,2]\n', err: '' });
  });

  it('sends the lines of standard input', async () => {
    const { code, out } = await run(['connect', url, '--exit-after', '2'], {
      stdin: '[1,1]\n\n[3,2]\n',
    });
    expect({ code, out }).toEqual({ code: 0, out: '[1,1]\n[3,2]\n' });
  });

  it('goes on with standard input after the frames of the flags', async () => {
    const stdin = new PassThrough();
    const onOut = (): void => void stdin.write('[2,9]\n');
    const { code, out, err } = await run(['connect', url, '--frame', '[1,1]'], { stdin, onOut });
    expect({ code, out }).toEqual({ code: 0, out: '[1,1]\n' });
    expect(err).toBe('closed 4500: another login or the back end ended this session\n');
  });

  it('fails when the connection ends before the frames it waits for', async () => {
    const { code } = await run(['connect', url, '--frame', '[2,9]', '--exit-after', '1']);
    expect(code).toBe(1);
  });

  it('ends after its timeout: well when nothing else was asked for, else as a failure', async () => {
    const words = ['connect', url, '--timeout', '0.05'];
    const err = 'ended: the 0.05 s of --timeout are over\n';
    expect(await run(words)).toMatchObject({ code: 0, err });
    expect(await run([...words, '--exit-after', '1'])).toMatchObject({ code: 1, err });
  });

  it('fails when nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    const { code, out, err } = await run(['connect', url]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^gatehouse: no connection to .*ECONNREFUSED/);
  });

  it('is called wrongly with an address that is none', async () => {
    expect((await run(['connect', 'nonsense'])).code).toBe(2);
  });

  it('sends an origin only when it is given one', async () => {
    await run(['connect', url, '--frame', '[1,1]', '--exit-after', '1']);
    const words = ['--origin', 'https://a.example'];
    await run(['connect', url, '--frame', '[1,1]', '--exit-after', '1', ...words]);
    expect(origins).toEqual([undefined, 'https://a.example']);
  });
});
