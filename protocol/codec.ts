import { Packr } from 'msgpackr';
import type { Field } from './fields.ts';
import {
  frames,
  type ClientFrame,
  type Frame,
  type FrameDefinition,
  type FrameName,
  type ServerFrame,
} from './frames.ts';
import { readStrictly, type Value } from './strict-reader.ts';

/** How frames are written on a connection; the subprotocol decides. */
export type Encoding = 'msgpack' | 'json';

/** What the bytes of one WebSocket message turned out to be. */
export type Decoded<F> =
  /** A frame whose every field is checked. */
  | { readonly kind: 'frame'; readonly frame: F }
  /** A well-formed array that asks for something unknown or has a wrong field: answer it, keep the connection. */
  | {
      readonly kind: 'refused';
      readonly seq: number;
      readonly code: 'notSupported' | 'invalidParameters' | 'invalidUserId';
      readonly message: string;
    }
  /** No frame at all: end the connection. */
  | { readonly kind: 'bad'; readonly reason: string };

interface Layout {
  readonly name: FrameName;
  readonly type: number;
  readonly from: 'client' | 'server';
  readonly names: readonly string[];
  readonly fields: readonly Field<unknown>[];
  /** Whether a value must be changed before it is packed. */
  readonly packs: boolean;
}

const layouts = (Object.keys(frames) as FrameName[]).map((name): Layout => {
  const definition: FrameDefinition = frames[name];
  return {
    name,
    type: definition.type,
    from: definition.from,
    names: Object.keys(definition.fields),
    fields: Object.values(definition.fields),
    packs: Object.values(definition.fields).some(({ pack }) => pack !== undefined),
  };
});

const layoutByName = new Map(layouts.map((layout) => [layout.name, layout]));

const layoutsFrom = {
  client: new Map(layouts.filter((l) => l.from === 'client').map((l) => [l.type, l])),
  server: new Map(layouts.filter((l) => l.from === 'server').map((l) => [l.type, l])),
};

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: 'number',
  encodeUndefinedAsNil: true,
});
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Writes one frame (rule FRAME-1). The bytes of the msgpack encoding lie in a shared buffer: hand them to the
 * socket at once and do not keep them.
 */
export function encode(frame: Frame, encoding: Encoding): Uint8Array | string {
  const layout = layoutByName.get(frame.name) as Layout;
  const values: unknown[] = [layout.type, frame.seq];
  for (const name of layout.names) values.push(frame[name as keyof Frame]);
  if (encoding === 'json') return JSON.stringify(values);
  if (layout.packs) packFields(layout, values);
  return packr.pack(values);
}

function packFields({ fields }: Layout, values: unknown[]): void {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as Field<unknown>;
    if (field.pack !== undefined) values[i + 2] = field.pack(values[i + 2]);
  }
}

/** Reads and checks a message from a client; for the gateway. Never throws. */
export function decodeClientFrame(bytes: Uint8Array, encoding: Encoding): Decoded<ClientFrame> {
  return decode(bytes, encoding, 'client') as Decoded<ClientFrame>;
}

/** Reads and checks a message from the gateway; for clients. Never throws. */
export function decodeServerFrame(bytes: Uint8Array, encoding: Encoding): Decoded<ServerFrame> {
  return decode(bytes, encoding, 'server') as Decoded<ServerFrame>;
}

function decode(bytes: Uint8Array, encoding: Encoding, from: 'client' | 'server'): Decoded<Frame> {
  const read = encoding === 'msgpack' ? readStrictly(bytes) : readJson(bytes);
  if ('problem' in read) return { kind: 'bad', reason: read.problem };
  const values = read.value;
  if (!Array.isArray(values)) return { kind: 'bad', reason: 'a frame is an array' };
  const [type, seq] = values as readonly unknown[];
  if (!isUint32(type)) return { kind: 'bad', reason: 'position 0, the frame type, is no uint32' };
  if (!isUint32(seq))
    return { kind: 'bad', reason: 'position 1, the sequence number, is no uint32' };
  if (from === 'client' && seq === 0) {
    return { kind: 'bad', reason: 'a request has a sequence number of 1 or more' };
  }
  const layout = layoutsFrom[from].get(type);
  if (layout === undefined) {
    return {
      kind: 'refused',
      seq,
      code: 'notSupported',
      message: `no request has the type ${type}`,
    };
  }
  return fill(layout, seq, values);
}

function fill(layout: Layout, seq: number, values: readonly unknown[]): Decoded<Frame> {
  const frame: Record<string, unknown> = { name: layout.name, seq };
  for (let i = 0; i < layout.fields.length; i++) {
    const field = layout.fields[i] as Field<unknown>;
    const name = layout.names[i] as string;
    const value = values[i + 2] ?? field.fallback;
    if (!field.accepts(value)) {
      const message = `${layout.name}.${name} ${value === undefined ? 'is missing' : 'has the wrong shape'}: it must be ${field.shape}`;
      const code = isAboutUserId(name, field, value) ? 'invalidUserId' : 'invalidParameters';
      return { kind: 'refused', seq, code, message };
    }
    frame[name] = value;
  }
  return { kind: 'frame', frame: frame as Frame };
}

/** A wrong UserID has a code of its own, also in a list; a list that is too long has not. */
function isAboutUserId(name: string, { domain }: Field<unknown>, value: unknown): boolean {
  if (name === 'userId') return true;
  if (name !== 'userIds' || domain.kind !== 'list' || !Array.isArray(value)) return false;
  return value.length >= domain.min && value.length <= domain.max;
}

function readJson(bytes: Uint8Array): { value: Value } | { problem: string } {
  try {
    return { value: JSON.parse(utf8.decode(bytes)) as Value };
  } catch {
    return { problem: 'the message is not JSON text' };
  }
}

function isUint32(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}
