/**
 * The floor of the presence bench: bare publish of uWebSockets.js. Whoever logs in gets an answer. After that each message
 * begins with the number of a group: alone it subscribes the socket, else the rest is published to the group as it is.
 * No registry, no versions, no watch lists, no encoding, no look at who reads too slowly.
 */
import { encode } from '../../protocol/codec.ts';
import {
  loadNative,
  type NativeApp,
  type NativeSocket,
} from '../../gateway/transport/uws/native.ts';
import { loginSeq } from '../generator/frames.ts';

interface FloorSocket extends NativeSocket {
  readonly session: { isIn: boolean };
  subscribe(topic: string): boolean;
}

type PublishingApp = NativeApp & {
  publish(topic: string, message: Uint8Array, isBinary: boolean): boolean;
};

const topics = Array.from({ length: 256 }, (_, group) => `group-${group}`);
const native = loadNative();
if (native.kind === 'unavailable') throw new Error(native.reason);
const uws = native.module;
const answer = Uint8Array.from(
  encode(
    {
      name: 'loggedIn',
      seq: loginSeq,
      sessionId: 'floor',
      serverTime: 0,
      ticketEndsAt: 0,
      repeatLogin: false,
      watches: 0,
      pushNumber: 0,
    },
    'msgpack',
  ) as Uint8Array,
);

function received(socket: FloorSocket, message: ArrayBuffer): void {
  if (!socket.session.isIn) {
    socket.session.isIn = true;
    socket.send(answer, true);
    return;
  }
  const bytes = new Uint8Array(message);
  const topic = topics[bytes[0] ?? 0] ?? '';
  if (bytes.length > 1) app.publish(topic, bytes.subarray(1), true);
  else {
    socket.subscribe(topic);
    socket.send(bytes, true);
  }
}

const app = uws.App({}) as PublishingApp;
app
  .ws<FloorSocket>('/*', {
    compression: uws.DISABLED,
    maxPayloadLength: 4096,
    maxBackpressure: 1_048_576,
    closeOnBackpressureLimit: true,
    idleTimeout: 60,
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      const key = req.getHeader('sec-websocket-key');
      const protocol = req.getHeader('sec-websocket-protocol');
      res.upgrade({ session: { isIn: false } }, key, protocol, '', context);
    },
    open: () => undefined,
    message: received,
    close: () => undefined,
  })
  .listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (listener) => {
    if (listener === false) throw new Error('the floor cannot listen');
    const url = `ws://127.0.0.1:${uws.us_socket_local_port(listener)}`;
    process.stderr.write(`${JSON.stringify({ msg: 'ready', url })}\n`);
  });
