import { answerCodes } from '../../protocol/codes.ts';
import type { Kick } from '../registry/port.ts';
import type { Session } from './session.ts';

/** Tells the client that and why it was kicked, then closes for good (rules KICK-1 to KICK-3, KICK-6). */
export function endAsKicked(session: Session, kick: Kick): void {
  const { state, room } = session;
  if (state.kind === 'closed') return;
  room.counters.countKick(kick.type);
  if ('login' in state) session.note('kicked', state.login, { kick });
  if (state.kind === 'loggingIn') session.refuse(state.seq, 'kickedOffByOther');
  session.end('kicked', {
    name: 'kicked',
    seq: 0,
    code: answerCodes.kickedOffByOther.code,
    kickType: kick.type,
    byPlatform: kick.byPlatform,
    byInstanceId: kick.byInstanceId,
    kickedAt: kick.at,
  });
}

/** The same instance is back on another connection: this one goes without a frame (rule LOGIN-6). */
export function endAsReplaced(session: Session): void {
  session.room.counters.replacements++;
  session.end('replaced');
}
