import type { ServerFrame } from '../../protocol/frames.ts';
import { SharedFrame } from '../../protocol/shared-frame.ts';
import type { Push } from '../registry/pushes.ts';

/** The frame of a push, written once for each encoding, however many sessions of this node get it. */
export function pushFrame(push: Push, toEverybody: boolean): SharedFrame {
  const { number, sender, topic, body } = push;
  const frame: ServerFrame = { name: 'push', seq: 0, number, toEverybody, sender, topic, body };
  return new SharedFrame(frame);
}
