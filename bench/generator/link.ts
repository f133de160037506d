import { Socket, type OnReadOpts } from 'node:net';
import {
  connect as connectSecurely,
  createSecureContext,
  type ConnectionOptions,
  type SecureContext,
} from 'node:tls';
import type { Dialogue } from './dialogue.ts';
import { handshakeFor } from './frames.ts';
import type { Target, TlsWish } from './target.ts';

/** Who hears what becomes of a link. */
export interface LinkOwner {
  connected(): void;
  /** The bytes are overwritten when this returns. */
  received(chunk: Buffer): void;
  ended(why: string): void;
}

/** A socket, or one of TLS, that knows whose it is. */
export type Link = Socket & { owner: LinkOwner };

/** What a client needs of its link. */
export interface ClientLink {
  write(message: Buffer): unknown;
  resetAndDestroy(): unknown;
  destroy(): unknown;
}

/** Connects from `localAddress`, or from where the system likes; the owner hears when it is open. */
export type Connect = (
  target: Target,
  localAddress: string | undefined,
  owner: LinkOwner,
) => ClientLink;

/** All links of a process read into the same bytes: what one turn brings is looked at before the next one. */
export const inbox = Buffer.alloc(65_536);
const onread = { buffer: inbox, callback: onRead } as OnReadOpts;

/** What is the same for all links to a target. */
const contexts = new WeakMap<Target, SecureContext>();
const blankLine = '\r\n';
const handshakes = new WeakMap<Target, Buffer>();

/** Connects from `localAddress`, or from where the system likes; the owner hears when it is open. */
export function connectTo(
  target: Target,
  localAddress: string | undefined,
  owner: LinkOwner,
): Link {
  const { host, port, tls } = target;
  const where = { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  const socket =
    tls === undefined
      ? new Socket({ onread } as ConstructorParameters<typeof Socket>[0])
      : connectSecurely({ ...where, ...secureOptions(target, tls) });
  const link = Object.assign(socket, { owner }) as Link;
  link.setNoDelay(true);
  link.on(tls === undefined ? 'connect' : 'secureConnect', onConnect);
  link.on('error', onError);
  link.on('close', onClose);
  if (tls === undefined) link.connect(where);
  return link;
}

/** The request that opens the WebSocket of a target, by the dialogue that is spoken there; without its end where a login belongs there. */
export function handshakeTo(target: Target, { path, subprotocol, tookLogin }: Dialogue): Buffer {
  let handshake = handshakes.get(target);
  if (handshake === undefined) {
    const name = target.name ?? `${target.host}:${target.port}`;
    handshake = handshakeFor(name, target.path ?? path, subprotocol);
    if (tookLogin !== undefined) handshake = handshake.subarray(0, -blankLine.length);
    handshakes.set(target, handshake);
  }
  return handshake;
}

/** What `onread` is for, the types of `tls.connect` leave out. */
function secureOptions(target: Target, { isChecked, serverName }: TlsWish): ConnectionOptions {
  const options = {
    onread,
    secureContext: contextOf(target),
    rejectUnauthorized: isChecked,
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  return options;
}

function contextOf(target: Target): SecureContext {
  let context = contexts.get(target);
  if (context === undefined) {
    const ca = target.tls?.ca;
    context = createSecureContext(ca === undefined ? {} : { ca });
    contexts.set(target, context);
  }
  return context;
}

function onRead(this: Link, size: number): boolean {
  this.owner.received(inbox.subarray(0, size));
  return true;
}

function onConnect(this: Link): void {
  this.owner.connected();
}

function onError(this: Link, error: Error & { readonly code?: string }): void {
  this.owner.ended(error.code ?? error.message);
}

function onClose(this: Link): void {
  this.owner.ended('end of connection');
}
