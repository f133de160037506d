import type { LoginPolicy } from '../../gateway/policy/login-policy.ts';
import { survivors } from '../../gateway/policy/survivors.ts';
import { answerCodes, closeCodes } from '../../protocol/codes.ts';
import type { Life } from './lives.ts';

/**
 * A login that was refused or cut off without an answer may still happen for so long: until the deadline that the
 * gateway gave its call (the command time-out, 1 s) and some more.
 */
const afterlifeNs = 2e9;

/** Whether the client was told, by a frame or by the answer to its login, that it is kicked. */
export function isTold(life: Life): boolean {
  if (life.ackedNs !== undefined) return life.kick !== undefined;
  // An automatic login that is refused so is told of the kick of an earlier session.
  return life.refusal?.code === answerCodes.kickedOffByOther.code && !life.automatic;
}

/** Whether the connection was closed because the same instance came back elsewhere. */
export function isReplaced(life: Life): boolean {
  return life.closeCode === closeCodes.replaced.code;
}

/** Whether the registry decided about `a` before `b` was even sent. */
function isSurelyOlder(a: Life, b: Life): boolean {
  const unanswered = a.refusal?.atNs ?? a.endedNs ?? Infinity;
  return (a.ackedNs ?? unanswered + afterlifeNs + (a.delayedNs ?? 0)) < b.sentNs;
}

/** Whether the policy ends `victim` when `others` are all newer. */
function evicts(policy: LoginPolicy, others: readonly Life[], victim: Life): boolean {
  const contenders = [victim, ...others].map(({ platform }, epoch) => ({ platform, epoch }));
  return !survivors(policy, contenders).some(({ epoch }) => epoch === 0);
}

/** Whether a kick of `victim` can be right: its ticket was revoked, or logins that may be newer leave it no place. */
export function mayBeKicked(policy: LoginPolicy, victim: Life, ofUser: readonly Life[]): boolean {
  if (victim.mayBeRevoked === true) return true;
  const toldNs = victim.kick?.atNs ?? victim.refusal?.atNs ?? Infinity;
  const rivals = ofUser.filter(
    (life) =>
      life.instanceId !== victim.instanceId && life.sentNs < toldNs && !isSurelyOlder(life, victim),
  );
  // In the order of the log, or one of them alone: of an exclusive group the order decides.
  return evicts(policy, rivals, victim) || rivals.some((rival) => evicts(policy, [rival], victim));
}

/** Whether a replacement of `victim` can be right: another login of its instance may be newer. */
export function mayBeReplaced(victim: Life, ofUser: readonly Life[]): boolean {
  return ofUser.some(
    (life) =>
      life !== victim && life.instanceId === victim.instanceId && !isSurelyOlder(life, victim),
  );
}

/**
 * The login that surely ended `victim`, or undefined: acknowledged, surely newer, while `victim` still wished to live,
 * and the policy (or its being the same instance) leaves no place for both.
 */
export function surelyEndedBy(
  policy: LoginPolicy,
  victim: Life,
  ofUser: readonly Life[],
): Life | undefined {
  if (victim.ackedNs === undefined) return undefined;
  const overNs = victim.leavingNs ?? victim.endedNs ?? Infinity;
  return ofUser.find(
    (life) =>
      life.ackedNs !== undefined &&
      isSurelyOlder(victim, life) &&
      life.sentNs < overNs &&
      (victim.leavingNs === undefined || life.ackedNs < victim.leavingNs) &&
      (life.instanceId === victim.instanceId || evicts(policy, [life], victim)),
  );
}

/**
 * Kicks that cannot all be right, because each names the instance that did it: one by an instance that never
 * logged in, or some in a ring. Says nothing of users whose instances logged in more than once.
 */
export function impossibleKicks(ofUser: readonly Life[]): string[] {
  const byInstance = new Map(ofUser.map((life) => [life.instanceId, life]));
  if (byInstance.size !== ofUser.length) return [];
  return ofUser.flatMap((life) => {
    let rival: Life | undefined = life;
    for (let steps = 0; rival?.kick !== undefined; steps++) {
      const { byInstanceId }: { byInstanceId: string } = rival.kick;
      if (byInstanceId === '') return [];
      const next = byInstance.get(byInstanceId);
      if (next === undefined)
        return [`${nameOf(rival)} was kicked by ${byInstanceId}, who never logged in`];
      if (next === life || steps > ofUser.length) return [`${nameOf(life)} was kicked in a ring`];
      rival = next;
    }
    return [];
  });
}

/** A life in words. */
export function nameOf({ userId, instanceId, sessionId, node }: Life): string {
  return `${userId}/${instanceId} (${sessionId ?? 'no session'}, node ${node})`;
}
