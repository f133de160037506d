import { answerCodes } from '../../protocol/codes.ts';
import type { AppText } from '../config/apps.ts';
import { AppKeys } from '../ticket/app-keys.ts';
import { inspectUserSig, verifyUserSig, type Refusal } from '../ticket/user-sig.ts';

/** What can be said about a ticket. Times are Unix seconds. */
export interface TicketReport {
  /** null: unknown, because nobody gave a key of its app. */
  readonly valid: boolean | null;
  /** Unless it fits, anybody can have written what the ticket says of itself. */
  readonly signature: 'fits' | 'does not fit' | 'not checked';
  /** The answer code a login with this ticket gets; absent when it is valid or unknown. */
  readonly code?: number;
  /** Why it is not valid, or unknown. */
  readonly reason?: string;
  /** What the ticket says of itself; absent when it cannot be read. */
  readonly sdkAppId?: number;
  readonly userId?: string;
  readonly issuedAt?: number;
  readonly endsAt?: number;
  /** Negative when it has ended. */
  readonly leftS?: number;
}

/** How far the clock of the ticket's maker may be ahead, in seconds: as the gateway does by default. */
const toleranceS = 30;

/**
 * Says what a UserSig holds and whether a login of its own user would succeed at `nowS`. Without a key of its app
 * only form and time count, and a ticket they do not refuse is neither valid nor invalid.
 */
export function reportTicket(
  userSig: string,
  apps: readonly AppText[],
  nowS: number,
): TicketReport {
  const inspection = inspectUserSig(userSig);
  if (inspection.kind === 'refused')
    return { valid: false, signature: 'not checked', ...refusal(inspection) };
  const { sdkAppId, userId, issuedAt, expireS } = inspection;
  const endsAt = issuedAt + expireS;
  const fields = { sdkAppId, userId, issuedAt, endsAt, leftS: endsAt - nowS };
  if (!apps.some(({ id }) => id === sdkAppId)) {
    const refused = timeRefusal(issuedAt, endsAt, nowS);
    if (refused !== undefined)
      return { valid: false, signature: 'not checked', ...refused, ...fields };
    const reason = apps.length === 0 ? 'signature not checked' : `no key given for app ${sdkAppId}`;
    return { valid: null, signature: 'not checked', reason, ...fields };
  }
  const keys = new AppKeys(apps.map(({ id, keys: own }) => ({ sdkAppId: id, keys: own })));
  const verdict = verifyUserSig(userSig, { sdkAppId, userId }, keys, { nowS, toleranceS });
  if (verdict.kind === 'valid') return { valid: true, signature: 'fits', ...fields };
  // The signature is judged before anything it covers.
  const signature = verdict.code === 'ticketForged' ? 'does not fit' : 'fits';
  return { valid: false, signature, ...refusal(verdict), ...fields };
}

function refusal({ code, message }: Refusal): { code: number; reason: string } {
  return { code: answerCodes[code].code, reason: message };
}

function timeRefusal(
  issuedAt: number,
  endsAt: number,
  nowS: number,
): { code: number; reason: string } | undefined {
  const { ticketInvalid, ticketExpired } = answerCodes;
  if (issuedAt > nowS + toleranceS) {
    const reason = 'the UserSig is dated in the future: check the clock of the server that made it';
    return { code: ticketInvalid.code, reason };
  }
  return endsAt <= nowS ? { code: ticketExpired.code, reason: ticketExpired.text } : undefined;
}

/** A report as lines for people. */
export function reportLines(report: TicketReport): string {
  const { signature, sdkAppId, userId, issuedAt, endsAt, leftS } = report;
  const claimed = signature === 'fits' ? '' : ' (claimed)';
  const lines = [`valid      ${verdictText(report)}`, `signature  ${signatureText(signature)}`];
  if (sdkAppId !== undefined) lines.push(`app        ${sdkAppId}${claimed}`);
  if (userId !== undefined) lines.push(`user       ${userId}${claimed}`);
  if (issuedAt !== undefined) lines.push(`issued     ${moment(issuedAt)}${claimed}`);
  if (endsAt !== undefined) lines.push(`ends       ${moment(endsAt)}${claimed}`);
  if (leftS !== undefined) lines.push(`left       ${leftS} s${claimed}`);
  return `${lines.join('\n')}\n`;
}

function verdictText({ valid, code, reason }: TicketReport): string {
  if (valid === null) return `unknown (${reason})`;
  return valid ? 'yes' : `no, ${code}: ${reason}`;
}

function signatureText(signature: TicketReport['signature']): string {
  const isChecked = signature !== 'not checked';
  return isChecked ? signature : `${signature}: give --app ID:SECRET, --app-file or GATEHOUSE_APP`;
}

function moment(unixS: number): string {
  const date = new Date(unixS * 1000);
  return Number.isNaN(date.getTime()) ? `${unixS}` : `${date.toISOString()} (${unixS})`;
}
