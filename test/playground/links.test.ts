import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NetworkLinks } from '../../gateway/playground/links.ts';
import { eventually } from '../transport/harness.ts';

/** A server that says what it hears, and knows its connections. */
class Echo {
  readonly sockets: Socket[] = [];
  readonly #server = createServer((socket) => {
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });

  async start(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

/** A connection through a link, with what it has heard and how it ended. */
class Caller {
  readonly socket: Socket;
  heard = '';
  end: 'reset' | 'closed' | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (data) => (this.heard += data.toString()));
    let isReset = false;
    this.socket.on('error', () => (isReset = true));
    this.socket.on('close', () => (this.end = isReset ? 'reset' : 'closed'));
  }

  /** Says something and waits until it has come back. */
  async passes(text: string): Promise<void> {
    this.socket.write(text);
    await eventually(() => this.heard.endsWith(text));
  }
}

describe('the network links of the playground', () => {
  let echo: Echo;
  let links: NetworkLinks;
  const open = async () => {
    const opened = await links.open();
    if (opened === undefined) throw new Error('there was no room for a link');
    return opened;
  };
  beforeEach(async () => {
    echo = new Echo();
    links = new NetworkLinks({ host: '127.0.0.1', port: await echo.start() });
  });
  afterEach(() => {
    links.close();
    echo.stop();
  });

  it('hand on both ways, and the end of either side', async () => {
    const { link } = await open();
    const first = new Caller(link.port);
    await first.passes('hello');
    first.socket.end();
    await eventually(() => echo.sockets[0]?.destroyed === true && first.end === 'closed');
    const second = new Caller(link.port);
    await second.passes('again');
    echo.sockets[1]?.destroy();
    await eventually(() => second.end !== undefined && !link.isInUse);
  });

  it('that refuse reset what there is and what comes, until they are well again', async () => {
    const { link } = await open();
    const before = new Caller(link.port);
    await before.passes('hello');
    link.setMode('refuse');
    const during = new Caller(link.port);
    await eventually(() => before.end === 'reset' && during.end === 'reset');
    await eventually(() => echo.sockets[0]?.destroyed === true);
    expect(echo.sockets).toHaveLength(1);
    link.setMode('normal');
    await new Caller(link.port).passes('back');
  });

  it('that are reset take new connections at once', async () => {
    const { link } = await open();
    const before = new Caller(link.port);
    await before.passes('hello');
    link.reset();
    await eventually(() => before.end === 'reset');
    await new Caller(link.port).passes('back');
  });

  it('that are a black hole tell neither side anything, nor when they are well again', async () => {
    const { link } = await open();
    const lost = new Caller(link.port);
    await lost.passes('hello');
    link.setMode('blackhole');
    lost.socket.write('into the dark');
    const late = new Caller(link.port);
    late.socket.write('into the dark too');
    await eventually(() => echo.sockets.length === 2);
    echo.sockets[0]?.write('nor back');
    link.setMode('normal');
    lost.socket.write('still');
    // What passes now shows that the rest would have passed by now.
    const well = new Caller(link.port);
    await well.passes('well');
    expect([lost.heard, late.heard]).toEqual(['hello', '']);
    expect([lost.end, late.end]).toEqual([undefined, undefined]);
    lost.socket.destroy();
    await new Caller(link.port).passes('well again');
    expect(echo.sockets[0]?.destroyed).toBe(false);
  });

  it('take no more than 16 connections each', async () => {
    const { link } = await open();
    const callers = Array.from({ length: 17 }, () => new Caller(link.port));
    await eventually(() => callers.some(({ end }) => end !== undefined));
    expect(callers.filter(({ end }) => end === 'reset')).toHaveLength(1);
  });

  it('make room for a new one by ending the one that is idle longest', async () => {
    const first = await open();
    const second = await open();
    for (let n = 2; n < 32; n++) await open();
    links.find(first.id);
    expect(await links.open()).toBeDefined();
    expect(links.find(second.id)).toBeUndefined();
    expect(links.find(first.id)).toBe(first.link);
  });

  it('are refused when all that may be are in use', async () => {
    for (let n = 0; n < 32; n++) {
      const { link } = await open();
      await new Caller(link.port).passes('in use');
    }
    expect(await links.open()).toBeUndefined();
  });

  it('end when nobody has used them for a while, and not before', async () => {
    const [idle, kept, used] = [await open(), await open(), await open()];
    await new Caller(used.link.port).passes('in use');
    const sinceMs = performance.now();
    await eventually(() => performance.now() > sinceMs);
    links.find(kept.id);
    links.sweep(sinceMs);
    expect(links.find(idle.id)).toBeUndefined();
    expect(links.find(kept.id)).toBe(kept.link);
    expect(links.find(used.id)).toBe(used.link);
  });
});
