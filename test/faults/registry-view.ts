import type { Redis } from 'ioredis';
import type { SessionRecord } from '../../gateway/registry/session-record.ts';
import { parseMark, parseSession } from '../../gateway/registry/redis/records.ts';

/** A session as it stands in Redis. */
export interface HeldRecord extends SessionRecord {
  readonly userId: string;
}

/** A kick as it stands in Redis. */
export interface HeldMark {
  readonly userId: string;
  readonly instanceId: string;
  /** The session it ended. */
  readonly sessionId: string;
}

/** What the registry holds of all users at one time, or nearly so. */
export interface RegistryState {
  readonly records: readonly HeldRecord[];
  readonly marks: readonly HeldMark[];
}

/** Reads every user's record of the first app straight from Redis: the bench asks nobody whom it tests. */
export async function readRegistry(primaries: readonly Redis[]): Promise<RegistryState> {
  const records: HeldRecord[] = [];
  const marks: HeldMark[] = [];
  for (const redis of primaries) {
    const keys = await redis.keys('*:user:*');
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.hgetall(key);
    const replies = (await pipeline.exec()) ?? [];
    for (const [i, [error, fields]] of replies.entries()) {
      if (error !== null) throw error;
      const userId = keys[i]?.split(':').at(-1) ?? '';
      readUser(userId, fields as Readonly<Record<string, string>>, { records, marks });
    }
  }
  return { records, marks };
}

function readUser(
  userId: string,
  fields: Readonly<Record<string, string>>,
  into: { records: HeldRecord[]; marks: HeldMark[] },
): void {
  for (const [field, text] of Object.entries(fields)) {
    const instanceId = field.slice(2);
    if (field.startsWith('s:')) into.records.push({ userId, ...parseSession(instanceId, text) });
    if (field.startsWith('k:')) {
      into.marks.push({ userId, instanceId, sessionId: parseMark(text).sessionId });
    }
  }
}
