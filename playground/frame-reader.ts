import { frames, type FrameDefinition } from '../protocol/frames.ts';
import { readStrictly } from '../protocol/strict-reader.ts';

/** A frame as it went over the wire, with the names of its fields. */
export interface SeenFrame {
  readonly name: string;
  readonly type: number;
  readonly seq: number;
  readonly fields: ReadonlyMap<string, unknown>;
}

const definitions = new Map(
  Object.entries(frames as Record<string, FrameDefinition>).map(([name, { type, fields }]) => [
    type,
    { name, names: Object.keys(fields) },
  ]),
);

/** Reads the bytes of one message; `undefined` where they are no frame. */
export function readFrame(bytes: Uint8Array): SeenFrame | undefined {
  const read = readStrictly(bytes);
  if ('problem' in read || !Array.isArray(read.value)) return undefined;
  const [type, seq, ...values] = read.value as readonly unknown[];
  if (typeof type !== 'number' || typeof seq !== 'number') return undefined;
  const { name, names } = definitions.get(type) ?? { name: 'unknown', names: [] };
  // A newer gateway may append fields that this page has no name for.
  const fields = new Map(values.map((value, i) => [names[i] ?? `#${i + 2}`, value]));
  return { name, type, seq, fields };
}

/** The fields as text for people. A ticket is a secret: it is never shown whole. */
export function fieldText({ fields }: SeenFrame): string {
  return [...fields].map(([name, value]) => `${name} ${valueText(name, value)}`).join(', ');
}

function valueText(name: string, value: unknown): string {
  if (name === 'userSig' && typeof value === 'string') {
    return `${value.slice(0, 4)}… (${value.length} characters)`;
  }
  return JSON.stringify(value);
}
