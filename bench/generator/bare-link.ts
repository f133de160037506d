import { inbox, type ClientLink, type LinkOwner } from './link.ts';
import type { Target } from './target.ts';
import { reasonOf, TcpHandles, type TcpHandle } from './tcp-handle.ts';

const anyAddress = '0.0.0.0';

/** Undefined where this Node gives none. */
const handles = TcpHandles.find();

/** Whether `connectBare` can be had. */
export const hasBareLinks = handles !== undefined;

/** Node's handle of a TCP socket without the stream around it, which takes three times the memory and half of the time. */
class BareLink implements ClientLink {
  readonly owner: LinkOwner;
  #handle: TcpHandle | undefined;

  constructor(owner: LinkOwner) {
    this.owner = owner;
  }

  /** Throws without `hasBareLinks`. */
  open({ host, port }: Target, localAddress: string | undefined): void {
    if (handles === undefined) throw new Error('this Node gives no bare handles');
    const handle = handles.create();
    this.#handle = handle;
    handle.link = this;
    handle.onread = onRead;
    handle.useUserBuffer(inbox);
    const request = handles.connectRequest();
    request.oncomplete = onConnect;
    const error = handle.bind(localAddress ?? anyAddress, 0) || handle.connect(request, host, port);
    // The owner's own listener does not know it yet.
    if (error !== 0) setImmediate(endWith, this, error);
  }

  write(bytes: Buffer): void {
    if (this.#handle === undefined || handles === undefined) return;
    const error = this.#handle.writeBuffer(handles.writeRequest(), bytes);
    if (error !== 0) endWith(this, error);
  }

  resetAndDestroy(): void {
    this.#handle?.reset(ignore);
    this.#handle = undefined;
  }

  destroy(): void {
    this.resetAndDestroy();
  }

  begin(): void {
    this.#handle?.setNoDelay(true);
    this.#handle?.readStart();
    this.owner.connected();
  }
}

/** As `connectTo`, without TLS. Throws without `hasBareLinks`. */
export function connectBare(
  target: Target,
  localAddress: string | undefined,
  owner: LinkOwner,
): ClientLink {
  const link = new BareLink(owner);
  link.open(target, localAddress);
  return link;
}

function ignore(): void {
  // A reset has nothing to tell.
}

function endWith(link: BareLink, error: number): void {
  link.owner.ended(reasonOf(error));
}

function onConnect(status: number, handle: TcpHandle): void {
  const link = handle.link as BareLink;
  if (status === 0) link.begin();
  else endWith(link, status);
}

function onRead(this: TcpHandle): void {
  const link = this.link as BareLink;
  const size = handles?.readBytes ?? 0;
  if (size > 0) link.owner.received(inbox.subarray(0, size));
  else if (size < 0) endWith(link, size);
}
