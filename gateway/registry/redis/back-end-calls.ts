import type { KickType } from '../../../protocol/kick-types.ts';
import type { Deletion } from '../accounts.ts';
import type { Restrictions } from '../restrictions.ts';
import type { KickedSession, KickTarget } from '../kick.ts';
import type { UserRef } from '../user.ts';
import { retention } from '../retention.ts';
import type { Connections } from './connection.ts';
import type { EventWishWords } from './event-wish-words.ts';
import type { Keys } from './keys.ts';
import { memberOf } from './keys.ts';
import { parseMark, parseRestrictions, parseSession } from './records.ts';
import type { CallParts } from './script-calls.ts';
import type { Late } from './login-replies.ts';
import type { Script, Scripts } from './scripts.ts';

/** What kick.lua is asked. */
export interface KickWish {
  readonly target: KickTarget;
  readonly type: KickType;
}

/**
 * What back ends do to users, as typed calls of scripts. `notAfter` is Redis time in ms, 0 sets no deadline. Every call
 * rejects with StoreFault.
 */
export class BackEndCalls {
  readonly #scripts: Scripts;
  readonly #connections: Connections;
  readonly #keys: Keys;
  readonly #events: EventWishWords;
  readonly #revocationLifeS: string;

  constructor({ connections, scripts, keys, events }: CallParts, revocationLifeS: number) {
    this.#connections = connections;
    this.#scripts = scripts;
    this.#keys = keys;
    this.#events = events;
    this.#revocationLifeS = String(revocationLifeS);
  }

  /** The sessions that were ended, newest first. */
  async kick(
    user: UserRef,
    { target, type }: KickWish,
    notAfter: number,
  ): Promise<readonly KickedSession[] | Late> {
    const texts = await this.#run(
      this.#scripts.kick,
      user,
      type,
      this.#keys.channelPrefix,
      String(notAfter),
      memberOf(user),
      ...this.#wishOf(user),
      ...scopeOf(target),
    );
    this.#wrote(user);
    return lateIn(texts) ?? parseEnded(texts);
  }

  /** With `deletesAccount` the user has no account after it; without it, `wasThere` says nothing. */
  async revoke(user: UserRef, deletesAccount: boolean, notAfter: number): Promise<Deletion | Late> {
    const member = memberOf(user);
    const texts = await this.#run(
      this.#scripts.revoke,
      user,
      this.#keys.accounts(this.#keys.partitionOf(member), user.sdkAppId),
      member,
      this.#keys.channelPrefix,
      String(notAfter),
      this.#revocationLifeS,
      deletesAccount ? user.userId : '',
      ...this.#wishOf(user),
    );
    this.#wrote(user);
    const [at = '', wasThere] = texts[0]?.split(' ') ?? [];
    return (
      lateIn(texts) ?? {
        atMs: Number(at),
        ended: parseEnded(texts.slice(1)),
        wasThere: wasThere === '1',
      }
    );
  }

  /** The sessions that were ended, newest first. `endsAt` in Unix seconds, Infinity = without an end. */
  async ban(
    user: UserRef,
    endsAt: number,
    notAfter: number,
  ): Promise<readonly KickedSession[] | Late> {
    const texts = await this.#run(
      this.#scripts.ban,
      user,
      memberOf(user),
      this.#keys.channelPrefix,
      String(notAfter),
      String(Math.min(Math.ceil(endsAt), retention.banWithoutEnd)),
      ...this.#wishOf(user),
    );
    this.#wrote(user);
    return lateIn(texts) ?? parseEnded(texts);
  }

  /** Whether the user was banned until now. */
  async unban(user: UserRef, notAfter: number): Promise<boolean | Late> {
    const reply = await this.#run(this.#scripts.unban, user, String(notAfter));
    return typeof reply === 'number' ? reply === 1 : (lateIn(reply) ?? false);
  }

  /** What holds at `nowS`, in Unix seconds: no script, the record is read as it is. */
  async restrictions(user: UserRef, nowS: number): Promise<Restrictions> {
    const reply = await this.#connections.ask('hgetall', this.#keyOf(user));
    return parseRestrictions(reply as Readonly<Record<string, string>>, nowS);
  }

  async #run(
    script: Script,
    user: UserRef,
    ...words: readonly string[]
  ): Promise<readonly string[]> {
    const reply = await this.#connections.run(script, this.#keyOf(user), ...words);
    return reply as readonly string[];
  }

  /** The kinds of events that are wanted, and their stream. */
  #wishOf(user: UserRef): readonly [string, string] {
    const partition = this.#keys.partitionOf(memberOf(user));
    return [this.#events.letters(user.sdkAppId), this.#events.stream(partition, user.sdkAppId)];
  }

  #wrote(user: UserRef): void {
    this.#events.wrote(this.#keys.partitionOf(memberOf(user)));
  }

  #keyOf(user: UserRef): string {
    const member = memberOf(user);
    return this.#keys.user(this.#keys.partitionOf(member), member);
  }
}

/** A target as kick.lua takes it. */
function scopeOf(target: KickTarget): readonly string[] {
  if (target === 'all') return ['all'];
  return 'instanceIds' in target
    ? ['instances', ...target.instanceIds]
    : ['sessions', ...target.sessionIds];
}

/** Lists of what was ended come in threes, and behind one word. */
function lateIn(texts: readonly string[]): Late | undefined {
  return texts.length === 2 ? { kind: 'late', storeMs: Number(texts[1]) } : undefined;
}

/** Sessions and their kicks, as end_sessions in ending.lua gives them. */
function parseEnded(texts: readonly string[]): readonly KickedSession[] {
  const ended: KickedSession[] = [];
  for (let i = 0; i + 2 < texts.length; i += 3) {
    const [instanceId = '', session = '', mark = ''] = texts.slice(i, i + 3);
    ended.push({ session: parseSession(instanceId, session), kick: parseMark(mark) });
  }
  return ended;
}
