import { answerCodes } from '../../protocol/codes.ts';
import type { AppText } from '../config/apps.ts';
import { AppKeys } from '../ticket/app-keys.ts';
import { inspectUserSig, verifyUserSig, type Refusal } from '../ticket/user-sig.ts';

/** What can be said about a ticket. Times are Unix seconds. */
export interface TicketReport {
  readonly valid: boolean;
  /** What the signature was checked with, or that nobody gave a key. */
  readonly signature: 'checked' | 'not checked';
  /** The answer code a login with this ticket gets, and why; absent when it is valid. */
  readonly code?: number;
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
 * Says what a UserSig holds and whether a login of its own user would succeed at `nowS`. Without apps the
 * signature is left aside and only form and time count.
 */
export function reportTicket(
  userSig: string,
  apps: readonly AppText[],
  nowS: number,
): TicketReport {
  const signature = apps.length === 0 ? 'not checked' : 'checked';
  const inspection = inspectUserSig(userSig);
  if (inspection.kind === 'refused') return { valid: false, signature, ...refusal(inspection) };
  const { sdkAppId, userId, issuedAt, expireS } = inspection;
  const endsAt = issuedAt + expireS;
  const fields = { sdkAppId, userId, issuedAt, endsAt, leftS: endsAt - nowS };
  if (apps.length === 0) {
    const reason = timeRefusal(issuedAt, endsAt, nowS);
    return { valid: reason === undefined, signature, ...reason, ...fields };
  }
  const keys = new AppKeys(apps.map(({ id, keys: own }) => ({ sdkAppId: id, keys: own })));
  const verdict = verifyUserSig(userSig, { sdkAppId, userId }, keys, { nowS, toleranceS });
  if (verdict.kind === 'valid') return { valid: true, signature, ...fields };
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
  if (issuedAt > nowS + toleranceS) return entryOf('ticketNotValidYet');
  return endsAt < nowS ? entryOf('ticketExpired') : undefined;
}

function entryOf(name: 'ticketNotValidYet' | 'ticketExpired'): { code: number; reason: string } {
  const { code, text } = answerCodes[name];
  return { code, reason: text };
}

/** A report as lines for people. */
export function reportLines(report: TicketReport): string {
  const lines = [`valid      ${report.valid ? 'yes' : `no, ${report.code}: ${report.reason}`}`];
  if (report.signature === 'not checked')
    lines.push('signature  not checked: give --app ID:SECRET, --app-file or GATEHOUSE_APP');
  if (report.sdkAppId !== undefined) lines.push(`app        ${report.sdkAppId}`);
  if (report.userId !== undefined) lines.push(`user       ${report.userId}`);
  if (report.issuedAt !== undefined) lines.push(`issued     ${moment(report.issuedAt)}`);
  if (report.endsAt !== undefined) lines.push(`ends       ${moment(report.endsAt)}`);
  if (report.leftS !== undefined) lines.push(`left       ${report.leftS} s`);
  return `${lines.join('\n')}\n`;
}

function moment(unixS: number): string {
  const date = new Date(unixS * 1000);
  return Number.isNaN(date.getTime()) ? `${unixS}` : `${date.toISOString()} (${unixS})`;
}
