import { survivors } from '../../gateway/policy/survivors.ts';
import { answerCodes, closeCodes } from '../../protocol/codes.ts';
import type { Invariant, Stamped } from './events.ts';
import {
  impossibleKicks,
  isReplaced,
  isTold,
  mayBeKicked,
  mayBeReplaced,
  nameOf,
  surelyEndedBy,
} from './kicks.ts';
import { groupByUser, isOpen, type Life } from './lives.ts';
import type { Evidence, Finding, Verdict } from './verdict.ts';

/** How late the end of a ticket may be told (rule TICKET-6). */
const latestExpiryMs = 1000;

/** Ends that say why. */
const reasonedCloses = new Set<number>(
  (
    ['kicked', 'replaced', 'ticketExpired', 'goingAway', 'badFrame', 'tooManyFailures'] as const
  ).map((name) => closeCodes[name].code),
);

/** Hears the lives of a round, user by user and one by one, and comes to a verdict. */
export class Court {
  readonly #evidence: Evidence;
  readonly #registered: ReadonlySet<string>;
  readonly #marked: ReadonlySet<string>;
  readonly #overfull: ReadonlySet<string>;
  readonly #lost = new Set<Life>();
  readonly #findings: Finding[] = [];
  #kicksIssued = 0;
  #falseKicks = 0;
  #overPolicy = 0;
  #socketsClosed = 0;

  constructor(evidence: Evidence, lives: readonly Life[]) {
    const { records, marks } = evidence.registry;
    this.#evidence = evidence;
    this.#registered = new Set(records.map(({ sessionId }) => sessionId));
    this.#marked = new Set(marks.map(({ sessionId }) => sessionId));
    this.#overfull = overfullUsers(evidence, lives);
  }

  verdict(logins: number): Verdict {
    return {
      logins,
      kicksIssued: this.#kicksIssued,
      kicksLost: this.#lost.size,
      falseKicks: this.#falseKicks,
      overPolicy: this.#overPolicy,
      socketsClosed: this.#socketsClosed,
      findings: this.#findings,
    };
  }

  hearUser(ofUser: readonly Life[]): void {
    for (const life of ofUser) {
      this.#hearKick(life, ofUser);
      this.#hearFalseKick(life, ofUser);
    }
    const impossible = impossibleKicks(ofUser);
    this.#falseKicks += impossible.length;
    for (const text of impossible) this.#find('I3', text);
    const userId = ofUser[0]?.userId ?? '';
    if (!this.#overfull.has(userId)) return;
    this.#overPolicy += 1;
    this.#find('I1', `${userId} has more sessions than the policy allows`);
  }

  /** I2: a kick that was issued has ended its session, and its instance stays away. */
  #hearKick(victim: Life, ofUser: readonly Life[]): void {
    const by = surelyEndedBy(this.#evidence.policy, victim, ofUser);
    const isByOther = by !== undefined && by.instanceId !== victim.instanceId;
    const isKicked = this.#isKnownKicked(victim) || isByOther || victim.isRevoked === true;
    const isDue = isKicked || by !== undefined;
    if (isDue && isOpen(victim) && !this.#mayBeForgotten(victim, by)) {
      this.#lose(victim, `${nameOf(victim)} still lives although ${causeOf(victim, by)} ended it`);
    }
    if (!isKicked) return;
    this.#kicksIssued += 1;
    if (this.#evidence.forgetsKicks !== true) this.#hearReturn(victim, by, ofUser);
  }

  /** What ended a session has gone with the data of Redis, unless it is still there to see. */
  #mayBeForgotten(victim: Life, by: Life | undefined): boolean {
    if (this.#evidence.forgetsKicks !== true) return false;
    return !this.#isKnownKicked(victim) && (by === undefined || !isOpen(by));
  }

  /** Its client or the registry says so. */
  #isKnownKicked(victim: Life): boolean {
    return isTold(victim) || this.#marked.has(victim.sessionId ?? '');
  }

  /** I3: who was told to go had to. */
  #hearFalseKick(victim: Life, ofUser: readonly Life[]): void {
    const { policy } = this.#evidence;
    if (isTold(victim) && !mayBeKicked(policy, victim, ofUser)) {
      this.#falseKicks += 1;
      this.#find('I3', `${nameOf(victim)} was kicked although nothing newer leaves it no place`);
    }
    if (isReplaced(victim) && !mayBeReplaced(victim, ofUser)) {
      this.#falseKicks += 1;
      this.#find('I3', `${nameOf(victim)} was replaced although its instance did not come back`);
    }
  }

  /** I2: an instance that was kicked does not come back by itself. */
  #hearReturn(victim: Life, by: Life | undefined, ofUser: readonly Life[]): void {
    const kickedNs = victim.kick?.atNs ?? by?.ackedNs ?? Infinity;
    const next = ofUser.find(
      ({ instanceId, sentNs }) => instanceId === victim.instanceId && sentNs > kickedNs,
    );
    if (next?.automatic !== true || next.ackedNs === undefined) return;
    // It may have been told late, when its user had logged in again already and so cleared the kick.
    if (ofUser.some((life) => isOwnReturn(life, victim, next))) return;
    this.#lose(
      next,
      `${nameOf(next)} came back by itself although it was kicked as ${victim.sessionId}`,
    );
  }

  /** I4 and I6: the registry holds the sessions that live, and no others. */
  hearRegistry(lives: readonly Life[]): void {
    const open = new Set<string>();
    for (const life of lives) {
      if (!isOpen(life) || life.sessionId === undefined) continue;
      open.add(life.sessionId);
      if (this.#registered.has(life.sessionId) || this.#lost.has(life)) continue;
      this.#find('I6', `${nameOf(life)} lives and is not in the registry`);
    }
    for (const { sessionId, userId } of this.#evidence.registry.records) {
      if (!open.has(sessionId))
        this.#find('I4', `the registry holds ${sessionId} of ${userId}, which is over`);
    }
  }

  /** I5, I7 and I10: what one client can say alone. */
  hearLife(life: Life): void {
    if ((life.expiredLateMs ?? 0) > latestExpiryMs) {
      this.#find(
        'I5',
        `${nameOf(life)} was told ${life.expiredLateMs} ms late that its ticket ended`,
      );
    }
    if (isBroken(life)) {
      this.#socketsClosed += 1;
      if (this.#evidence.breaksSockets !== true) {
        this.#find('I7', `the socket of ${nameOf(life)} ended with ${life.closeCode}`);
      }
    }
    this.#hearAnswer(life);
  }

  /** I10: it came, in time, and a refusal was fair. */
  #hearAnswer(life: Life): void {
    const { refusal, ackedNs, sentNs } = life;
    const answeredNs = ackedNs ?? refusal?.atNs;
    if (answeredNs === undefined && life.endedNs === undefined) {
      this.#find('I10', `the login of ${nameOf(life)} got no answer`);
    }
    const tookMs = Math.round(((answeredNs ?? sentNs) - sentNs) / 1e6);
    if (tookMs > (this.#evidence.answersWithinMs ?? Infinity)) {
      this.#find('I10', `the login of ${nameOf(life)} was answered after ${tookMs} ms`);
    }
    if (refusal !== undefined && !isFairRefusal(life, refusal.code)) {
      this.#find('I10', `the login of ${nameOf(life)} was refused with ${refusal.code}`);
    }
  }

  /** I8: nodes live, and meet nothing they did not expect. And what the story saw itself. */
  hearEvent(event: Stamped): void {
    if (event.kind === 'wrong') this.#find(event.invariant, event.text);
    if (event.kind === 'nodeGone' && !event.wanted) {
      this.#find('I8', `node ${event.node} ended with ${event.with}`);
    }
    if (event.kind !== 'nodeSaid' || (event.level !== 'error' && event.level !== 'fatal')) return;
    if (this.#evidence.alarms?.includes(String(event.line['msg'])) !== true) {
      this.#find('I8', `node ${event.node} said: ${JSON.stringify(event.line)}`);
    }
  }

  #lose(life: Life, text: string): void {
    if (this.#lost.has(life)) return;
    this.#lost.add(life);
    this.#find('I2', text);
  }

  #find(invariant: Invariant, text: string): void {
    this.#findings.push({ invariant, text });
  }
}

/** What must have ended a life, in words. */
function causeOf(victim: Life, by: Life | undefined): string {
  if (by !== undefined) return `the login of ${nameOf(by)}`;
  return victim.isRevoked === true ? 'a revocation' : 'its kick mark';
}

/** I1, in the registry and on the sockets alike. */
function overfullUsers({ registry, policy }: Evidence, lives: readonly Life[]): Set<string> {
  const held = registry.records.map(({ userId, platform, epoch }) => ({ userId, platform, epoch }));
  const open = lives
    .filter(isOpen)
    .map(({ userId, platform, ackedNs = 0 }) => ({ userId, platform, epoch: ackedNs }));
  const overfull = new Set<string>();
  for (const sessions of [held, open]) {
    for (const [userId, ofUser] of groupByUser(sessions)) {
      if (survivors(policy, ofUser).length < ofUser.length) overfull.add(userId);
    }
  }
  return overfull;
}

/** An established socket that ended neither by its client's wish nor with a reason nor with its node. */
function isBroken(life: Life): boolean {
  if (life.ackedNs === undefined || life.closeCode === undefined) return false;
  if (life.endedByUs === true || life.lostNode === true) return false;
  return !reasonedCloses.has(life.closeCode);
}

const laterCodes = new Set<number>(
  Object.values(answerCodes)
    .filter(({ retry }) => retry === 'later')
    .map(({ code }) => code),
);

function isFairRefusal(life: Life, code: number): boolean {
  if (code === answerCodes.kickedOffByOther.code) return true;
  if (code === answerCodes.ticketInvalid.code) return life.hasDoubtfulTicket === true;
  if (code === answerCodes.loggedOutBeforeLoginFinished.code) return life.leavingNs !== undefined;
  return laterCodes.has(code);
}

/** Whether the user of `victim`'s instance asked for a login of it that may have come between the two. */
function isOwnReturn(life: Life, victim: Life, next: Life): boolean {
  if (life.automatic || life.instanceId !== victim.instanceId || life === victim) return false;
  return life.sentNs > victim.sentNs && life.sentNs < (next.ackedNs ?? Infinity);
}
