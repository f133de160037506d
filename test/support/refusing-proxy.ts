import { once } from 'node:events';
import net from 'node:net';

/** One command of a client: its words, and where it ends in the bytes. */
interface Request {
  readonly words: readonly string[];
  readonly end: number;
}

/**
 * A proxy in front of a redis-server that makes it refuse chosen commands with any error there is. The command is
 * replaced by a script that answers with the error, so the answers keep their order.
 */
export class RefusingProxy {
  readonly #server: net.Server;
  readonly #links = new Set<net.Socket>();
  readonly #target: number;
  /** The error for a command, by its words (the first in lower case); undefined lets it through. */
  refuse: (words: readonly string[]) => string | undefined = () => undefined;

  private constructor(target: number) {
    this.#target = target;
    this.#server = net.createServer((near) => this.#join(near));
  }

  /** A proxy on a free port of 127.0.0.1 in front of `target`, a port of 127.0.0.1. */
  static async start(target: number): Promise<RefusingProxy> {
    const proxy = new RefusingProxy(target);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const link of this.#links) link.destroy();
    await closed;
  }

  #join(near: net.Socket): void {
    const far = net.connect(this.#target, '127.0.0.1');
    let bytes = '';
    near.on('data', (data) => {
      bytes += data.toString('latin1');
      for (let next = read(bytes); next !== undefined; next = read(bytes)) {
        const [name = '', ...rest] = next.words;
        const error = this.refuse([name.toLowerCase(), ...rest]);
        const lua = 'return redis.error_reply(ARGV[1])';
        const sent =
          error === undefined ? bytes.slice(0, next.end) : write(['EVAL', lua, '0', error]);
        far.write(sent, 'latin1');
        bytes = bytes.slice(next.end);
      }
    });
    far.on('data', (data) => near.write(data));
    for (const socket of [near, far]) {
      this.#links.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#links.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  }
}

/** The first whole command in the bytes, which are an array of bulk strings as every client sends them. */
function read(bytes: string): Request | undefined {
  const [head = '', count] = /^\*(\d+)\r\n/.exec(bytes) ?? [];
  if (count === undefined) return undefined;
  const words: string[] = [];
  let at = head.length;
  for (let i = 0; i < Number(count); i += 1) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const start = lineEnd + 2;
    const end = start + Number(bytes.slice(at + 1, lineEnd));
    if (bytes.length < end + 2) return undefined;
    words.push(bytes.slice(start, end));
    at = end + 2;
  }
  return { words, end: at };
}

function write(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
