import type { KickType } from '../../../protocol/frames.ts';
import { survivors } from '../../policy/survivors.ts';
import { kickTypeBetween } from '../kick-type.ts';
import type { Kick, KickedSession, KickTarget, LoginRequest, SessionRecord } from '../port.ts';
import type { Nodes } from './nodes.ts';
import type { StoredSession, UserRecord } from './user-record.ts';

/** When sessions are ended, in Unix seconds and in the order of the user's logins. */
interface Moment {
  readonly at: number;
  readonly epoch: number;
}

/** What a back end's kicks have in common. */
export interface KickStamp extends Moment {
  readonly type: KickType;
}

/** What a target may name. */
interface Named {
  readonly instanceId: string;
  readonly sessionId: string;
}

/** How sessions are ended: each leaves a kick mark, and its node is told. */
export class Endings {
  readonly #nodes: Nodes;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  /** Ends the victims of a login; who is away and would have been one bears a mark. */
  evict(
    user: UserRecord,
    victims: readonly StoredSession[],
    newcomer: LoginRequest,
    { at, epoch }: Moment,
  ): void {
    const kickOf = ({ sessionId, platform }: Pick<SessionRecord, 'sessionId' | 'platform'>) => ({
      sessionId,
      type: kickTypeBetween(platform, newcomer.platform),
      byPlatform: newcomer.platform,
      byInstanceId: newcomer.instanceId,
      at,
    });
    for (const stored of victims) this.#kick(user, stored, kickOf(stored.record), epoch);
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
    user: UserRecord,
    target: KickTarget,
    { type, at, epoch }: KickStamp,
  ): { readonly ended: readonly KickedSession[]; readonly isChanged: boolean } {
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
        return { session: stored.record, kick };
      });
    const away = user.lost.filter(isTarget);
    for (const lost of away) user.kickLost(lost, kickOf(lost));
    user.trimMarks(at);
    return { ended, isChanged: ended.length + away.length > 0 };
  }

  #kick(user: UserRecord, stored: StoredSession, kick: Kick, epoch: number): void {
    user.removeSession(stored, epoch);
    user.addMark(stored, kick);
    this.#nodes.tell(stored.record.nodeId, (listener) => listener.kicked(kick));
  }
}
