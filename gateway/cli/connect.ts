import { createInterface, type Interface } from 'node:readline';
// The one use of `ws` outside transport/: this is a client, and Node 20 has no WebSocket of its own.
import { WebSocket } from 'ws';
import { subprotocols } from '../../protocol/handshake.ts';
import { closeCodes } from '../../protocol/codes.ts';
import { exitCodes, type CliIo } from './io.ts';

/** One conversation with a gateway. */
export interface Conversation {
  readonly url: string;
  /** JSON frames sent as they are, in order, once connected. */
  readonly frames: readonly string[];
  readonly origin?: string;
  /** Seconds after which it ends. */
  readonly timeout?: number;
  /** Received frames after which it ends. */
  readonly exitAfter?: number;
}

const handshakeMs = 10_000;

/**
 * Connects with the JSON subprotocol, sends what is given and what comes in on standard input, prints what is
 * received, and resolves with the exit code when the conversation is over.
 */
export function connect(conversation: Conversation, io: CliIo): Promise<number> {
  return new Promise((resolve) => {
    const { url, frames, origin, timeout, exitAfter = Infinity } = conversation;
    const socket = openSocket(url, origin, io);
    if (socket === undefined) return resolve(exitCodes.usage);
    let lines: Interface | undefined;
    let received = 0;
    let isOver = false;

    const finish = (code: number): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (lines !== undefined) {
        lines.close();
        // Else the process would wait for the end of its own input.
        io.stdin.destroy();
      }
      socket.terminate();
      resolve(code);
    };
    const onTimeout = (): void => {
      if (timeout !== undefined) io.err(`ended: the ${timeout} s of --timeout are over\n`);
      finish(exitAfter === Infinity ? exitCodes.ok : exitCodes.failure);
    };
    const timer = setTimeout(onTimeout, timeout === undefined ? 0x7fff_ffff : timeout * 1000);

    socket.on('open', () => {
      for (const frame of frames) socket.send(frame);
      lines = createInterface({ input: io.stdin });
      lines.on('line', (line) => {
        if (line.trim() !== '') socket.send(line);
      });
    });
    socket.on('message', (data: Buffer) => {
      io.out(`${data.toString('utf8')}\n`);
      received++;
      if (received >= exitAfter) finish(exitCodes.ok);
    });
    socket.on('error', (error) => {
      if (!isOver) io.err(`gatehouse: no connection to ${url}: ${reasonOf(error)}\n`);
      finish(exitCodes.failure);
    });
    socket.on('close', (code) => {
      if (!isOver) io.err(`closed ${code}${meaningOf(code)}\n`);
      finish(exitAfter === Infinity ? exitCodes.ok : exitCodes.failure);
    });
  });
}

function openSocket(url: string, origin: string | undefined, io: CliIo): WebSocket | undefined {
  try {
    return new WebSocket(url, subprotocols.json, {
      handshakeTimeout: handshakeMs,
      perMessageDeflate: false,
      ...(origin === undefined ? {} : { origin }),
    });
  } catch {
    io.err(`gatehouse: ${url} is no WebSocket address; give one like ws://127.0.0.1:7600\n`);
    return undefined;
  }
}

/** An error of several addresses of one host has no message of its own. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return error.message || code || error.name;
}

function meaningOf(code: number): string {
  const known = Object.values(closeCodes).find((entry) => entry.code === code);
  return known === undefined ? '' : `: ${known.text}`;
}
