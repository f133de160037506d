import { utf8Length } from '../../protocol/fields.ts';
import type { Frame } from '../../protocol/frames.ts';
import { limits } from '../../protocol/limits.ts';

type Item<
  N extends 'watching' | 'queried',
  K extends keyof Frame<N>,
> = Frame<N>[K] extends readonly (infer T)[] ? T : never;

/** What one part of an answer carries. */
export interface AnswerPart {
  readonly statuses: Item<'watching', 'statuses'>[];
  readonly refused: Item<'watching', 'refused'>[];
  readonly dropped: Item<'watching', 'dropped'>[];
  readonly instances: Item<'queried', 'instances'>[];
}

/** Everything an answer says. */
export type Answer = { readonly [K in keyof AnswerPart]: readonly AnswerPart[K][number][] };

/** Values of a frame besides the items: its own fields and lists, with room to spare. */
const headValues = 24;

/**
 * Splits an answer so that no part is too long in either encoding or has too many values (rule PRESENCE-9). There
 * is always one part.
 */
export function partsOf(answer: Answer): readonly AnswerPart[] {
  let part = emptyPart();
  const parts = [part];
  let [bytes, values] = [0, headValues];
  for (const kind of ['statuses', 'refused', 'dropped', 'instances'] as const) {
    for (const item of answer[kind]) {
      // JSON is never shorter than MessagePack.
      const itemBytes = utf8Length(JSON.stringify(item)) + 1;
      const itemValues = 1 + item.flat().length + item.length;
      const isFull =
        bytes + itemBytes > limits.partBytes - 256 ||
        values + itemValues > limits.items ||
        part[kind].length === limits.statusesPerFrame;
      if (isFull) {
        part = emptyPart();
        parts.push(part);
        [bytes, values] = [0, headValues];
      }
      (part[kind] as (typeof item)[]).push(item);
      bytes += itemBytes;
      values += itemValues;
    }
  }
  return parts;
}

function emptyPart(): AnswerPart {
  return { statuses: [], refused: [], dropped: [], instances: [] };
}
