import { eventKinds, type EventKind } from '../../protocol/event-kinds.ts';

/** The app of `freshUser` wants all events, the next one logouts only, the one after it none. */
export const wishes = new Map<number, readonly EventKind[]>([
  [1_400_000_000, eventKinds],
  [1_400_000_001, ['logout']],
]);
