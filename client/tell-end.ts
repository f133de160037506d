import type { Session } from './session.ts';
import type { Verdict } from './verdict.ts';

/** Tells the application why a session has ended that it did not end itself. */
export function tellEnd(
  { userID, hasEntered, host: { events } }: Session,
  { reason, error, closeCode, kick }: Verdict & { readonly kind: 'final' },
  whileAway: boolean,
): void {
  // A login that was refused at once has told its caller.
  if (hasEntered) events.emit('disconnected', { closeCode, retryInMs: null, error });
  if (reason === 'kicked') {
    const { kickType: type, byPlatform, byInstanceId, kickedAt } = kick ?? unknownKick;
    events.emit('kickedOffline', { userID, type, byPlatform, byInstanceId, kickedAt, whileAway });
  }
  if (!hasEntered) return;
  if (reason === 'expired') events.emit('userSigExpired', { userID, graceMs: 0 });
  if (reason === 'refused') events.emit('error', error);
}

const unknownKick = { kickType: 'unknown', byPlatform: '', byInstanceId: '', kickedAt: 0 } as const;
