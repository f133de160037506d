import type { Transport, TransportKind, TransportOptions, TransportParts } from './port.ts';
import { loadNative, type NativeLoad } from './uws/native.ts';
import { UwsTransport } from './uws/uws-transport.ts';
import { WsTransport } from './ws/ws-transport.ts';

/** A transport, or why the wanted one cannot be had and what to do about it. */
export type TransportChoice =
  | { readonly kind: 'transport'; readonly transport: Transport }
  | { readonly kind: 'unavailable'; readonly message: string };

/**
 * Makes the transport that `--transport` names. `auto` takes uWebSockets.js where it loads and says it in the log
 * where it does not; nothing listens yet. Throws a TypeError when an origin of the options is none.
 */
export function chooseTransport(
  wanted: TransportKind | 'auto',
  options: TransportOptions,
  parts: TransportParts,
  load: () => NativeLoad = loadNative,
): TransportChoice {
  if (wanted === 'ws') return { kind: 'transport', transport: new WsTransport(options, parts) };
  const native = load();
  if (native.kind === 'loaded') {
    return { kind: 'transport', transport: new UwsTransport(native.module, options, parts) };
  }
  if (wanted === 'uws') {
    return { kind: 'unavailable', message: `--transport uws: ${native.reason}. ${advice}` };
  }
  parts.log.warn(
    { transport: 'ws', reason: native.reason },
    `uWebSockets.js does not load here: serving with the slower ws. ${advice}`,
  );
  return { kind: 'transport', transport: new WsTransport(options, parts) };
}

const advice =
  'The build from npm needs Node 16, 18 or 20 and glibc 2.27 or newer; for newer Node install the official one ' +
  '(npm install uWebSockets.js@uNetworking/uWebSockets.js), or use --transport ws.';
