import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy, subscribers } from './proxy.ts';

const subscribe = '*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nx\r\n';

describe('the fault proxy', () => {
  let server: net.Server;
  let proxy: FaultProxy;
  const clients: net.Socket[] = [];
  const atServer: { socket: net.Socket; text: string }[] = [];

  beforeEach(async () => {
    server = net.createServer((socket) => {
      const heard = { socket, text: '' };
      atServer.push(heard);
      socket.on('data', (data) => {
        heard.text += data.toString();
        socket.write(data);
      });
      socket.on('error', () => undefined);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    proxy = await FaultProxy.start((server.address() as net.AddressInfo).port);
  });
  afterEach(async () => {
    for (const socket of clients.splice(0)) socket.destroy();
    await proxy.stop();
    atServer.splice(0);
    await new Promise((resolve) => server.close(resolve));
  });

  async function connect(): Promise<{ socket: net.Socket; echo: () => string; end: () => string }> {
    const socket = net.connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    let [text, end] = ['', ''];
    socket.on('data', (data) => (text += data.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (end = error.code ?? ''));
    socket.on('close', () => (end ||= 'FIN'));
    await once(socket, 'connect');
    return { socket, echo: () => text, end: () => end };
  }
  const becomes = (read: () => unknown, value: unknown): Promise<void> =>
    vi.waitFor(() => expect(read()).toEqual(value), { timeout: 5000 });

  it('lets bytes through as they are', async () => {
    const { socket, echo } = await connect();
    socket.write('hello');
    await becomes(echo, 'hello');
  });

  it('sends new connections where it is aimed, and leaves those there are', async () => {
    const first = await connect();
    first.socket.write('one');
    await becomes(first.echo, 'one');
    const other = net.createServer((socket) => socket.end('elsewhere'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    proxy.aim((other.address() as net.AddressInfo).port);
    const { echo } = await connect();
    await becomes(echo, 'elsewhere');
    first.socket.write(' two');
    await becomes(first.echo, 'one two');
    other.close();
  });

  it('keeps what it stalls and lets it go on, in order', async () => {
    const { socket, echo } = await connect();
    proxy.stall(undefined, 'toServer');
    socket.write('one ');
    socket.write('two');
    const other = await connect();
    other.socket.write('three');
    await becomes(() => proxy.links.length, 2);
    expect(atServer.map(({ text }) => text)).toEqual(atServer.map(() => ''));
    proxy.heal();
    await becomes(echo, 'one two');
    await becomes(other.echo, 'three');
  });

  it('swallows one way of chosen links only, those to come too, and never gives it back', async () => {
    proxy.blackhole(subscribers, 'toClient');
    const [subscriber, other] = [await connect(), await connect()];
    subscriber.socket.write(subscribe);
    other.socket.write('PING');
    await becomes(other.echo, 'PING');
    await becomes(() => atServer.map(({ text }) => text).sort(), [subscribe, 'PING']);
    proxy.heal();
    subscriber.socket.write('again');
    await becomes(() => atServer.some(({ text }) => text === `${subscribe}again`), true);
    expect(subscriber.echo()).toBe('');
    const fresh = await connect();
    fresh.socket.write(subscribe);
    await becomes(fresh.echo, subscribe);
  });

  it('breaks off the links that are lost, and no others', async () => {
    const lost = await connect();
    await becomes(() => proxy.links.length, 1);
    proxy.lose(undefined, 'toClient');
    const other = await connect();
    await becomes(() => proxy.links.length, 2);
    proxy.cutLost();
    expect(proxy.links.map(({ number }) => number)).toEqual([1]);
    await becomes(lost.end, 'FIN');
    other.socket.write('well');
    await becomes(other.echo, 'well');
  });

  it('loses the links there are and not those to come', async () => {
    const lost = await connect();
    lost.socket.write('up');
    await becomes(lost.echo, 'up');
    proxy.lose();
    lost.socket.write('down');
    const fresh = await connect();
    fresh.socket.write('hello');
    await becomes(fresh.echo, 'hello');
    expect(lost.echo()).toBe('up');
  });

  it('delays without changing the order', async () => {
    let delays = 0;
    proxy.delay(() => (delays++ % 2 === 0 ? 40 : 0), undefined, 'toServer');
    const { socket, echo } = await connect();
    socket.setNoDelay(true);
    for (const piece of ['a', 'b', 'c', 'd']) {
      socket.write(piece);
      await new Promise(setImmediate);
    }
    await becomes(echo, 'abcd');
    expect(delays).toBeGreaterThan(0);
  });

  it('drips', async () => {
    proxy.drip({ bytes: 2, everyMs: 1 }, undefined, 'toClient');
    const { socket, echo } = await connect();
    const seen = new Set<number>();
    socket.on('data', () => seen.add(echo().length));
    socket.write('0123456789');
    await becomes(echo, '0123456789');
    expect(Math.min(...seen)).toBe(2);
  });

  it('breaks off behind so many bytes', async () => {
    proxy.cutAfter(4, undefined, 'toServer');
    const { socket, end } = await connect();
    socket.write('0123456789');
    await becomes(() => end() !== '', true);
    await becomes(() => atServer[0]?.text, '0123');
  });

  it('resets and refuses', async () => {
    const { socket, echo, end } = await connect();
    socket.write('up');
    await becomes(echo, 'up');
    proxy.refuse();
    proxy.reset();
    await becomes(end, 'ECONNRESET');
    const refused = await connect().catch(() => undefined);
    if (refused !== undefined) await becomes(() => refused.end() !== '', true);
    expect(proxy.links).toEqual([]);
    proxy.heal();
    const fresh = await connect();
    fresh.socket.write('hello');
    await becomes(fresh.echo, 'hello');
  });

  it('makes a sender wait that would fill its memory', async () => {
    const { socket } = await connect();
    proxy.stall();
    const sent = Buffer.alloc(32 * 1024 * 1024);
    socket.write(sent);
    await becomes(() => proxy.links.length, 1);
    // What neither the proxy nor the sockets take stays with the sender.
    expect(socket.writableLength).toBeGreaterThan(0);
    proxy.heal();
    await becomes(() => socket.writableLength, 0);
  });
});

describe('a proxy before a server that is gone', () => {
  it('resets the connection', async () => {
    const probe = net.createServer();
    await once(probe.listen(0, '127.0.0.1'), 'listening');
    const { port } = probe.address() as net.AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const proxy = await FaultProxy.start(port);
    const socket = net.connect(proxy.port, '127.0.0.1');
    const end = await once(socket, 'close').catch((error: NodeJS.ErrnoException) => error.code);
    expect(end).toBe('ECONNRESET');
    await proxy.stop();
  });
});
