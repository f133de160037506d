import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A listening socket; a token for the native module, nothing to look into. */
export type ListenSocket = object;

/** A WebSocket of the native module. Every method throws once the socket has closed. */
export interface NativeSocket {
  /** 1 sent, 0 kept until the peer reads, 2 dropped. Copies the bytes before it returns. */
  send(data: Uint8Array | string, isBinary: boolean): number;
  getBufferedAmount(): number;
  /** Calls the close handler before it returns. */
  end(code: number, reason: string): void;
  close(): void;
  /** What is sent while `run` runs leaves in as few segments as it can. */
  cork(run: () => void): NativeSocket;
}

/** An answer to a request; must be used up before the handler returns. */
export interface NativeResponse {
  writeStatus(status: string): NativeResponse;
  writeHeader(name: string, value: string): NativeResponse;
  end(body: string | Uint8Array, closeConnection: boolean): NativeResponse;
  getRemoteAddress(): ArrayBuffer;
  upgrade(data: object, key: string, protocol: string, extensions: string, context: object): void;
}

/** A request; dead when its handler returns. */
export interface NativeRequest {
  /** Empty text when the header is missing; the name in lower case. */
  getHeader(name: string): string;
  getUrl(): string;
  getCaseSensitiveMethod(): string;
}

/** Settings and handlers of a WebSocket route. `S` is the socket with the property given to `upgrade`. */
export interface NativeBehavior<S> {
  readonly compression: number;
  readonly maxPayloadLength: number;
  readonly maxBackpressure: number;
  readonly closeOnBackpressureLimit: boolean;
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly upgrade: (res: NativeResponse, req: NativeRequest, context: object) => void;
  readonly open: (socket: S) => void;
  readonly message: (socket: S, message: ArrayBuffer, isBinary: boolean) => void;
  readonly close: (socket: S, code: number, reason: ArrayBuffer) => void;
}

/** One server of the native module. */
export interface NativeApp {
  ws<S>(pattern: string, behavior: NativeBehavior<S>): NativeApp;
  any(pattern: string, handler: (res: NativeResponse, req: NativeRequest) => void): NativeApp;
  listen(
    host: string,
    port: number,
    options: number,
    done: (socket: ListenSocket | false) => void,
  ): NativeApp;
}

/** The part of the native module that the gateway uses; the same in every build since 20.30. */
export interface NativeModule {
  readonly DISABLED: number;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  App(options: object): NativeApp;
  SSLApp(options: object): NativeApp;
  us_listen_socket_close(socket: ListenSocket): void;
  us_socket_local_port(socket: ListenSocket): number;
}

/** The native module with its origin, or why there is none. */
export type NativeLoad =
  | {
      readonly kind: 'loaded';
      readonly module: NativeModule;
      readonly file: string;
      readonly version: string;
    }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Which binary to look for and where; the tests name others than those of this process. */
export interface NativePlace {
  /** Folders of the package, the nearest first. */
  readonly packageFolders: readonly string[];
  /** `uws_<platform>_<arch>_<abi>.node`, as every published build names them. */
  readonly fileName: string;
}

const require = createRequire(import.meta.url);

/** Where the binary for this process would lie. */
function ownNativePlace(): NativePlace {
  const folders = require.resolve.paths('uWebSockets.js') ?? [];
  return {
    packageFolders: folders.map((folder) => join(folder, 'uWebSockets.js')),
    fileName: `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`,
  };
}

/**
 * Loads the native binary of the package `uWebSockets.js` itself, never the package's entry point: in the build that
 * npm has, that one falls back to a partial server in JavaScript without an error. Never throws.
 */
export function loadNative(place: NativePlace = ownNativePlace()): NativeLoad {
  const folder = place.packageFolders.find((path) => existsSync(join(path, 'package.json')));
  if (folder === undefined) {
    return { kind: 'unavailable', reason: 'the package uWebSockets.js is not installed' };
  }
  const version = packageVersion(folder);
  // The same build may come twice with different C library needs: the one that loads is taken.
  const files = ['binaries', 'dist', '.']
    .map((part) => join(folder, part, place.fileName))
    .filter((file) => existsSync(file));
  let reason = `uWebSockets.js ${version} has no ${place.fileName}`;
  for (const file of files) {
    const loaded = loadFile(file);
    if ('module' in loaded) return { kind: 'loaded', module: loaded.module, file, version };
    reason = loaded.reason;
  }
  return { kind: 'unavailable', reason };
}

function loadFile(file: string): { module: NativeModule } | { reason: string } {
  try {
    const module = require(file) as Partial<NativeModule>;
    return isWhole(module) ? { module } : { reason: `${file} is no whole uWebSockets.js` };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function isWhole(module: Partial<NativeModule>): module is NativeModule {
  const names = ['App', 'SSLApp', 'us_listen_socket_close', 'us_socket_local_port'] as const;
  return names.every((name) => typeof module[name] === 'function');
}

function packageVersion(folder: string): string {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    return String((JSON.parse(text) as { version?: unknown }).version);
  } catch {
    return 'of unknown version';
  }
}
