import { decodeServerFrame, encode } from '../../protocol/codec.ts';
import { limits } from '../../protocol/limits.ts';
import { maskedMessage } from '../generator/frames.ts';
import type { Crowd } from './crowd.ts';
import { groupOfUser, groupOfWatcher, userIdOf } from './groups.ts';
import type { PresenceSettings } from './result.ts';

/** Calls under way at a time. */
const atOnce = 8;

interface WatchCall {
  readonly watcher: number;
  readonly userIds: readonly string[];
}

/** Makes each watcher watch the users of her group. Rejects when one is refused. @returns the watches */
export async function watchAll(settings: PresenceSettings, watchers: Crowd): Promise<number> {
  const calls = callsOf(settings);
  await new Promise<void>((resolve, reject) => {
    let sent = 0;
    let done = 0;
    const sendNext = (): void => {
      const call = calls[sent];
      if (call === undefined) return;
      sent += 1;
      const { watcher, userIds } = call;
      const frame = encode({ name: 'watch', seq: sent, userIds, sdkAppId: 0 }, 'msgpack');
      watchers.sockets[watcher]?.write(maskedMessage(2, frame as Uint8Array));
    };
    watchers.onMessage = (payload) => {
      const decoded = decodeServerFrame(payload, 'msgpack');
      const frame = decoded.kind === 'frame' ? decoded.frame : undefined;
      if (frame?.name === 'statusChanged') return;
      if (frame?.name !== 'watching' || frame.refused.length + frame.dropped.length > 0)
        return reject(new Error(`a watch came to ${JSON.stringify(frame)}`));
      if (!frame.isLast) return;
      done += 1;
      if (done === calls.length) resolve();
      else sendNext();
    };
    for (let i = 0; i < atOnce; i++) sendNext();
  });
  return calls.reduce((sum, { userIds }) => sum + userIds.length, 0);
}

/** Turn about: a watcher's next call comes when all others have had theirs. */
function callsOf(settings: PresenceSettings): readonly WatchCall[] {
  const byGroup: string[][] = [];
  for (let user = 0; user < settings.users; user++)
    (byGroup[groupOfUser(settings, user)] ??= []).push(userIdOf(user));
  const calls: WatchCall[] = [];
  for (let first = 0; first < settings.users; first += limits.usersPerWatch) {
    for (let watcher = 0; watcher < settings.watchers; watcher++) {
      const group = groupOfWatcher(settings, watcher);
      const all = group === undefined ? [] : (byGroup[group] ?? []);
      const userIds = all.slice(first, first + limits.usersPerWatch);
      if (userIds.length > 0) calls.push({ watcher, userIds });
    }
  }
  return calls;
}
