import { answerCodes } from '../../protocol/codes.ts';
import type { Kick } from '../registry/kick.ts';
import type { Session } from './session.ts';

/** Tells the client that and why it was kicked, then closes for good (rules KICK-1 to KICK-3, KICK-5, KICK-6). */
export function endAsKicked(session: Session, kick: Kick): void {
  const { state, room } = session;
  if (state.kind === 'closed') return;
  if ('login' in state) {
    // An instance that is refused because of an earlier kick loses no session: that kick was counted when it fell.
    if (state.login.sessionId === kick.sessionId) room.counters.countKick(kick.type);
    session.note('kicked', state.login, { kick });
  }
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
  const { counters } = session.room;
  counters.replacements++;
  if (session.state.kind === 'lost') counters.regainedLinks++;
  session.end('replaced');
}
