import * as fc from 'fast-check';
import type { Domain } from '../../protocol/fields.ts';
import { frames, type Frame, type FrameDefinition, type FrameName } from '../../protocol/frames.ts';

const tokenChars = 'ABCXYZabcxyz0189_-'.split('');

/** Any value that a field with this domain accepts. */
function valueOf(domain: Domain): fc.Arbitrary<unknown> {
  switch (domain.kind) {
    case 'integer':
      return fc.oneof(
        fc.integer({ min: 0, max: Math.min(domain.max, 0x7fff_ffff) }),
        fc.constant(domain.max),
      );
    case 'text':
      return domain.token
        ? fc.string({
            unit: fc.constantFrom(...tokenChars),
            minLength: domain.min,
            maxLength: domain.max,
          })
        : fc
            .string({ unit: 'grapheme', maxLength: Math.min(domain.max, 300) })
            .map((text) => text.slice(0, domain.max))
            .filter((text) => !/\p{Surrogate}/u.test(text));
    case 'bytes':
      return fc
        .string({ unit: 'grapheme', maxLength: domain.max })
        .filter((text) => !/\p{Surrogate}/u.test(text) && Buffer.byteLength(text) <= domain.max);
    case 'list':
      return fc.array(valueOf(domain.of), {
        minLength: domain.min,
        maxLength: Math.min(domain.max, 60),
      });
    case 'tuple':
      return fc.tuple(...domain.of.map((item) => valueOf(item)));
    case 'choice':
      return fc.constantFrom(...domain.of);
    case 'flag':
      return fc.boolean();
  }
}

/** Any frame of this name. */
export function frameOf<N extends FrameName>(name: N): fc.Arbitrary<Frame<N>> {
  const definition: FrameDefinition = frames[name];
  const values = Object.fromEntries(
    Object.entries(definition.fields).map(([field, { domain }]) => [field, valueOf(domain)]),
  );
  const seq = fc.integer({ min: 1, max: 0x7fff_ffff });
  return fc.record({ name: fc.constant(name), seq, ...values }) as unknown as fc.Arbitrary<
    Frame<N>
  >;
}

/** Any frame a client sends, or any the gateway sends. */
export function frameFrom(side: 'client' | 'server'): fc.Arbitrary<Frame> {
  const names = (Object.keys(frames) as FrameName[]).filter((name) => frames[name].from === side);
  return fc.oneof(...names.map((name) => frameOf(name) as fc.Arbitrary<Frame>));
}
