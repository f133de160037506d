import type { Frame } from '../../protocol/frames.ts';
import type { Status } from '../registry/status.ts';

/** A status as frames carry it. */
export type WireStatus = Frame<'statusChanged'>['statuses'][number];

/** The status of one user as it stands in a frame. */
export function statusOnWire(userId: string, status: Status): WireStatus {
  const { state, platforms, customStatus, version } = status;
  return [userId, state, platforms, customStatus, version];
}
