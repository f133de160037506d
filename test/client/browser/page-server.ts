import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type net from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../../..');

/** As strict as a policy for a page with the SDK can be: no code from text, no markup from text, no other servers. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  'connect-src ws://127.0.0.1:*',
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Serves one empty page with the SDK on it, at an origin of its own. */
export class PageServer {
  readonly #server: http.Server;
  readonly #script: string;

  private constructor(script: string) {
    this.#script = script;
    this.#server = http.createServer((request, response) => {
      this.#answer(request.url ?? '/', response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async start(): Promise<PageServer> {
    const server = new PageServer(await bundledScript());
    await once(server.#server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** The page with the SDK as a single file, or as the modules of the package. */
  url(shape: 'single' | 'modules' = 'single'): string {
    return `${this.origin}/${shape}/test/client/browser/page.html`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(url: string, response: http.ServerResponse): Promise<void> {
    const [, shape = '', ...rest] = url.split('/');
    const name = rest.join('/');
    if (name.endsWith('.html')) {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
      });
      response.end(
        '<!doctype html><title>A page</title><script type="module" src="in-page.js"></script>',
      );
      return;
    }
    const text = name.endsWith('/in-page.js') ? this.#script : await built(shape, name);
    response.writeHead(text === undefined ? 404 : 200, {
      'content-type': 'text/javascript; charset=utf-8',
    });
    response.end(text);
  }
}

/** The script of the page without the SDK, which it imports as any page would. */
async function bundledScript(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['test/client/browser/in-page.ts'],
    outfile: 'test/client/browser/in-page.js',
    external: ['*/client/index.ts', '*/client/store-indexeddb.ts'],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** A file of the SDK as it is built. The page asks for the sources that its script was written against. */
async function built(shape: string, name: string): Promise<string | undefined> {
  const inDist = name.replace(/\.ts$/, '.js');
  if (!/^(client|protocol)\/[\w-]+\.js$/.test(inDist)) return undefined;
  const single = inDist.replace(/^client\/index/, 'client/client').replace(/^client/, 'browser');
  return readFile(path.join(root, 'dist', shape === 'single' ? single : inDist), 'utf8');
}
