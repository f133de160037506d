import type { KickType } from '../../../protocol/kick-types.ts';
import type { KickedSession, KickTarget } from '../kick.ts';
import type { Restrictions, Revocation } from '../restrictions.ts';
import type { UserRef } from '../user.ts';
import type { Endings, KickStamp } from './endings.ts';
import type { UserBook } from './user-book.ts';
import type { UserRecord } from './user-record.ts';

/** What a back end does to users: kicks, revocations and bans, as the registry port says. */
export class BackEndActs {
  readonly #book: UserBook;
  readonly #endings: Endings;
  readonly #revocationLifeS: number;

  constructor(book: UserBook, endings: Endings, revocationLifeS: number) {
    this.#book = book;
    this.#endings = endings;
    this.#revocationLifeS = revocationLifeS;
  }

  kick(
    ref: UserRef,
    target: KickTarget,
    type: KickType,
    eventKind: KickStamp['eventKind'] = 'kicked',
  ): readonly KickedSession[] {
    const book = this.#book;
    const user = book.find(ref);
    if (user === undefined) return [];
    const seen = book.seenOf(ref, user);
    const version = book.nextEpoch();
    const stamp = { type, epoch: version, eventKind, atMs: book.nowMs() };
    const { ended, isChanged } = this.#endings.end(ref, user, target, stamp);
    if (isChanged) book.changed(ref, user, { seen, version });
    return ended;
  }

  revoke(ref: UserRef): Revocation {
    const nowS = this.#book.nowS();
    let atMs = 0;
    const ended = this.#endAll(ref, { type: 'REST', eventKind: 'revoked' }, (user, epoch) => {
      atMs = epoch;
      user.revoke(epoch, nowS + this.#revocationLifeS);
    });
    return { atMs, ended };
  }

  /** `endsAt` in Unix seconds. */
  ban(ref: UserRef, endsAt: number): readonly KickedSession[] {
    const at = this.#book.nowS();
    return this.#endAll(ref, { type: 'banned', eventKind: 'banned' }, (user) => {
      user.ban = { at, endsAt };
    });
  }

  unban(ref: UserRef): boolean {
    const { ban } = this.restrictions(ref);
    const user = this.#book.users.find(ref);
    if (user !== undefined) user.ban = undefined;
    return ban !== undefined;
  }

  restrictions(ref: UserRef): Restrictions {
    const user = this.#book.users.find(ref);
    const isBanned = user?.ban !== undefined && user.ban.endsAt * 1000 > this.#book.nowMs();
    return { ban: isBanned ? user.ban : undefined, revokedAtMs: user?.revocation?.epoch };
  }

  /** Ends all sessions of a user, then restricts her: the tickets that they used are known by then. */
  #endAll(
    ref: UserRef,
    why: Pick<KickStamp, 'type' | 'eventKind'>,
    restrict: (user: UserRecord, epoch: number) => void,
  ): readonly KickedSession[] {
    const book = this.#book;
    const user = book.meet(ref);
    const seen = book.seenOf(ref, user);
    const version = book.nextEpoch();
    const stamp = { ...why, epoch: version, atMs: book.nowMs() };
    const { ended } = this.#endings.end(ref, user, 'all', stamp);
    restrict(user, version);
    book.changed(ref, user, { seen, version });
    return ended;
  }
}
