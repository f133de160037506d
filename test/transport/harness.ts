import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { encode, type Encoding } from '../../protocol/codec.ts';
import type { ClientFrame, ServerFrame } from '../../protocol/frames.ts';
import type { Inbound, LinkEnd, Outbound } from '../../gateway/session/outbound.ts';
import { chooseTransport } from '../../gateway/transport/choose.ts';
import type { FindPage } from '../../gateway/transport/pages.ts';
import type {
  TlsFiles,
  Transport,
  TransportKind,
  TransportOptions,
} from '../../gateway/transport/port.ts';
import { loadNative } from '../../gateway/transport/uws/native.ts';
import { frameBytes, opcode, type RawTarget } from '../support/raw-client.ts';

/** The back ends that run here; the suites run once on each. */
export const kinds: readonly TransportKind[] =
  loadNative().kind === 'loaded' ? ['uws', 'ws'] : ['ws'];

const defaults: TransportOptions = {
  host: '127.0.0.1',
  port: 0,
  origins: [],
  maxFrameBytes: 4096,
  frameBurst: 1_000_000,
  framesPerS: 1_000_000,
  maxPending: 1000,
  maxPendingPerAddress: 1000,
  handshakeLogin: 'allow',
  idleTimeoutS: 60,
  maxBufferedBytes: 65_536,
  exclusivePort: true,
};

/** The session side of a connection in these tests: keeps what it is told and does what a test tells it to. */
export class PlainSession implements Inbound {
  readonly outbound: Outbound;
  readonly received: ClientFrame[] = [];
  readonly refused: { seq: number; code: string; message: string }[] = [];
  closedCount = 0;
  end: LinkEnd | undefined;
  /** What it was told at its end. */
  mayReturn: boolean | undefined;
  onReceive: (frame: ClientFrame) => void = () => {};
  onClosed: () => void = () => {};

  constructor(outbound: Outbound) {
    this.outbound = outbound;
  }

  receive(frame: ClientFrame): void {
    this.received.push(frame);
    this.onReceive(frame);
  }

  refuse(seq: number, code: string, message: string): void {
    this.refused.push({ seq, code, message });
  }

  closed(end: LinkEnd): void {
    this.end = end;
    this.mayReturn = end === 'lost' || end === 'timedOut';
    this.closedCount += 1;
    this.onClosed();
  }
}

/** A listening transport and what its sessions have met. */
export interface Harness {
  readonly transport: Transport;
  readonly target: RawTarget;
  readonly sessions: PlainSession[];
  readonly errors: { readonly fields: object; readonly message: string }[];
  /** Waits for the n-th session (from 0). */
  readonly session: (n?: number) => Promise<PlainSession>;
}

/**
 * Starts a transport that ends with the test. `onOpen` sees each session before the transport gets it. Tests that run
 * concurrently give their own `atEnd`.
 */
export async function startTransport(
  kind: TransportKind,
  { findPage, ...options }: Partial<TransportOptions> & { readonly findPage?: FindPage } = {},
  onOpen: (session: PlainSession) => void = () => {},
  atEnd: (end: () => Promise<void>) => void = onTestFinished,
): Promise<Harness> {
  const sessions: PlainSession[] = [];
  const errors: Harness['errors'] = [];
  const log = {
    warn: () => {},
    error: (fields: object, message: string) => void errors.push({ fields, message }),
  };
  const openSession = (outbound: Outbound): Inbound => {
    const session = new PlainSession(outbound);
    sessions.push(session);
    onOpen(session);
    return session;
  };
  const choice = chooseTransport(
    kind,
    { ...defaults, ...options },
    { openSession, log, ...(findPage && { findPage }) },
  );
  if (choice.kind === 'unavailable') throw new Error(choice.message);
  const { transport } = choice;
  const { port } = await transport.listen();
  atEnd(() => transport.close());
  const target = { port, tls: options.tls !== undefined };
  const session = async (n = 0): Promise<PlainSession> => {
    await eventually(() => sessions.length > n);
    return sessions[n] as PlainSession;
  };
  return { transport, target, sessions, errors, session };
}

/** Waits until `holds`, which changes by events of this process or of the system. */
export async function eventually(
  holds: () => boolean,
  { timeoutMs = 15_000, intervalMs = 2 } = {},
): Promise<void> {
  const look = () => {
    if (!holds()) throw new Error(`still not so: ${holds.toString()}`);
  };
  await vi.waitFor(look, { timeout: timeoutMs, interval: intervalMs });
}

/** A logout request: the smallest frame a client can send. */
export function logoutBytes(seq: number, encoding: Encoding = 'msgpack'): Buffer {
  return Buffer.from(encode({ name: 'logout', seq }, encoding));
}

/** The same as a whole WebSocket frame. */
export function logoutMessage(seq: number, encoding: Encoding = 'msgpack'): Buffer {
  const kind = encoding === 'msgpack' ? opcode.binary : opcode.text;
  return frameBytes({ opcode: kind, payload: logoutBytes(seq, encoding) });
}

/** A reply of about 540 bytes. */
export function longReply(seq: number): ServerFrame {
  return { name: 'failed', seq, code: 7013, message: 'x'.repeat(512), retryAfterMs: 0 };
}

/** A kick as sessions send it. */
export const kickedFrame: ServerFrame = {
  name: 'kicked',
  seq: 0,
  code: 6208,
  kickType: 'multipleDevice',
  byPlatform: 'ios',
  byInstanceId: 'other',
  kickedAt: 1_800_000_000,
};

/** Makes a self-signed certificate for this run. */
export function makeCertificate(): TlsFiles {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  const request =
    '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  const out = ['-keyout', files.keyFile, '-out', files.certFile];
  execFileSync('openssl', ['req', ...request.split(' '), ...out], { stdio: 'pipe' });
  return files;
}

/** Waits until this process, which is the server, has closed its end of the connection from `clientPort` (Linux). */
export async function serverLetsGo(serverPort: number, clientPort: number): Promise<void> {
  const inode = inodeOf(serverPort, clientPort);
  if (inode === undefined) return;
  const isOpen = (): boolean => openSockets().includes(`socket:[${inode}]`);
  await eventually(() => !isOpen(), { timeoutMs: 30_000, intervalMs: 20 });
}

/** What names the server's end; undefined when nobody holds it. The table of all connections of the machine is long: look once. */
function inodeOf(serverPort: number, clientPort: number): string | undefined {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const row = rows.find(
    ([, local, remote]) =>
      local?.endsWith(`:${hex(serverPort)}`) === true &&
      remote?.endsWith(`:${hex(clientPort)}`) === true,
  );
  return row?.[9] === '0' ? undefined : row?.[9];
}

function openSockets(): readonly string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // Closed meanwhile, as the one of this very list.
      return '';
    }
  });
}
