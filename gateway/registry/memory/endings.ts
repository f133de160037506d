import type { KickType } from '../../../protocol/kick-types.ts';
import { survivors } from '../../policy/survivors.ts';
import { kickTypeBetween, type Kick, type KickedSession, type KickTarget } from '../kick.ts';
import type { LoginRequest } from '../login.ts';
import type { SessionRecord } from '../session-record.ts';
import type { UserRef } from '../user.ts';
import type { SessionEvent } from '../events.ts';
import type { MemoryEvents } from './memory-events.ts';
import type { Nodes } from './nodes.ts';
import type { StoredSession, UserRecord } from './user-record.ts';

/** When sessions are ended, in Unix ms and in the order of the user's logins. */
interface Moment {
  readonly atMs: number;
  readonly epoch: number;
}

/** What the events of ended sessions tell. */
type KickEventKind = Extract<SessionEvent, { readonly kickType: KickType }>['kind'];

/** What a back end's kicks have in common. */
export interface KickStamp extends Moment {
  readonly type: KickType;
  readonly eventKind: KickEventKind;
}

/** The login that ends others, or whose session others have to make room for. */
export type Newcomer = Pick<
  LoginRequest,
  'sdkAppId' | 'userId' | 'policy' | 'platform' | 'instanceId'
>;

/** What a target may name. */
interface Named {
  readonly instanceId: string;
  readonly sessionId: string;
}

/** How sessions are ended: each leaves a kick mark and an event, and its node is told. */
export class Endings {
  readonly #nodes: Nodes;
  readonly #events: MemoryEvents;

  constructor(nodes: Nodes, events: MemoryEvents) {
    this.#nodes = nodes;
    this.#events = events;
  }

  /** Ends the victims of a login; who is away and would have been one bears a mark. */
  evict(
    user: UserRecord,
    victims: readonly StoredSession[],
    newcomer: Newcomer,
    { atMs, epoch }: Moment,
  ): void {
    const at = Math.floor(atMs / 1000);
    const kickOf = ({ sessionId, platform }: Pick<SessionRecord, 'sessionId' | 'platform'>) => ({
      sessionId,
      type: kickTypeBetween(platform, newcomer.platform),
      byPlatform: newcomer.platform,
      byInstanceId: newcomer.instanceId,
      at,
    });
    for (const stored of victims) {
      const kick = kickOf(stored.record);
      this.#kick(user, stored, kick, epoch);
      this.#tell(newcomer, stored, kick, { eventKind: 'kicked', atMs });
    }
    const live = user.newestFirst.map(({ record }) => record);
    for (const lost of user.lost) {
      // Each by itself: who is away counts against nobody's limit, and costs no eviction.
      const isLeft = survivors(newcomer.policy, [...live, lost]).includes(lost);
      if (!isLeft) user.kickLost(lost, kickOf(lost));
    }
    user.trimMarks(at);
  }

  /** Ends sessions at the wish of a back end, newest first; those who are away bear a mark from then on. */
  end(
    ref: UserRef,
    user: UserRecord,
    target: KickTarget,
    { type, atMs, epoch, eventKind }: KickStamp,
  ): { readonly ended: readonly KickedSession[]; readonly isChanged: boolean } {
    const at = Math.floor(atMs / 1000);
    const isTarget = ({ instanceId, sessionId }: Named): boolean => {
      if (target === 'all') return true;
      return 'instanceIds' in target
        ? target.instanceIds.includes(instanceId)
        : target.sessionIds.includes(sessionId);
    };
    const kickOf = ({ sessionId }: { readonly sessionId: string }): Kick => ({
      sessionId,
      type,
      byPlatform: '',
      byInstanceId: '',
      at,
    });
    const ended = user.newestFirst
      .filter(({ record }) => isTarget(record))
      .map((stored) => {
        const kick = kickOf(stored.record);
        this.#kick(user, stored, kick, epoch);
        this.#tell(ref, stored, kick, { eventKind, atMs });
        return { session: stored.record, kick };
      });
    const away = user.lost.filter(isTarget);
    for (const lost of away) user.kickLost(lost, kickOf(lost));
    user.trimMarks(at);
    return { ended, isChanged: ended.length + away.length > 0 };
  }

  #tell(
    user: UserRef,
    { record }: StoredSession,
    { type, byPlatform, byInstanceId }: Kick,
    { eventKind, atMs }: { readonly eventKind: KickEventKind; readonly atMs: number },
  ): void {
    const cause = { kind: eventKind, kickType: type, byPlatform, byInstanceId };
    this.#events.tell(user, record, cause, atMs);
  }

  #kick(user: UserRecord, stored: StoredSession, kick: Kick, epoch: number): void {
    user.removeSession(stored, epoch);
    user.addMark(stored, kick);
    this.#nodes.tell(stored.record.nodeId, (listener) => listener.kicked(kick));
  }
}
