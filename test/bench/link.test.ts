import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectBare, hasBareLinks } from '../../bench/generator/bare-link.ts';
import { connectTo, type ClientLink, type LinkOwner } from '../../bench/generator/link.ts';
import { until } from '../support/until.ts';

const kinds = [
  ['stream', connectTo],
  ['bare', connectBare],
] as const;

describe.each(kinds)('a %s link', (_, connect) => {
  let server: Server;
  let peer: Socket | undefined;
  let port = 0;
  let said: string[] = [];

  /** What it hears is of this test alone: a link of the one before may still have something to tell. */
  const listener = (): LinkOwner => {
    const heard = said;
    return {
      connected: () => void heard.push('connected'),
      received: (bytes) => void heard.push(bytes.toString()),
      ended: (why) => void heard.push(why),
    };
  };

  beforeEach(async () => {
    said = [];
    peer = undefined;
    server = createServer((socket) => {
      peer = socket;
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => socket.write(`you said ${bytes.toString()}`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    peer?.destroy();
    server.close();
  });

  const open = async (localAddress?: string): Promise<ClientLink> => {
    const link = connect({ host: '127.0.0.1', port }, localAddress, listener());
    await until('a connection', async () => said.length > 0 && peer !== undefined);
    return link;
  };

  it('brings bytes there and back, from the address it was given', async () => {
    const link = await open('127.0.7.3');
    expect(peer?.remoteAddress).toBe('127.0.7.3');
    link.write(Buffer.from('hello'));
    await until('an answer', async () => said.length > 1);
    expect(said).toEqual(['connected', 'you said hello']);
    link.resetAndDestroy();
  });

  it('tells of the other end closing it', async () => {
    await open();
    peer?.end();
    await until('the end', async () => said.length > 1);
    expect(said[1]).toBe('end of connection');
  });

  it('tells of a reset', async () => {
    await open();
    peer?.resetAndDestroy();
    await until('the end', async () => said.length > 1);
    expect(said[1]).toBe('ECONNRESET');
  });

  it('resets the connection when it is cut, and then writes no more', async () => {
    const link = await open();
    const gone = new Promise<string>((resolve) =>
      peer?.once('error', (error: Error & { readonly code?: string }) => resolve(error.code ?? '')),
    );
    link.resetAndDestroy();
    link.write(Buffer.from('late'));
    expect(await gone).toBe('ECONNRESET');
    expect(said).not.toContain('you said late');
  });

  it('tells that nobody listens, and that an address is not its own', async () => {
    server.close();
    await once(server, 'close');
    connect({ host: '127.0.0.1', port }, undefined, listener());
    await until('a refusal', async () => said.length > 0);
    expect(said[0]).toBe('ECONNREFUSED');
    connect({ host: '127.0.0.1', port }, '192.0.2.1', listener());
    await until('another', async () => said.includes('EADDRNOTAVAIL'));
  });
});

describe('this Node', () => {
  it('gives bare handles', () => {
    expect(hasBareLinks).toBe(true);
  });
});
