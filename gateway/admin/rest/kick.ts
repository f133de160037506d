import type { z } from 'zod';
import { command, type Call } from './command.ts';
import { done, refuse, type Reply } from './reply.ts';
import { namedUser } from './user-name.ts';
import { platformWords } from './words.ts';

/** Ends every session of a user. */
export const kickCommand = command({
  service: 'im_open_login_svc',
  name: 'kick',
  doc: 'Revokes the tickets of a user and ends every session; `KickedSessions` tells which. A ticket made after it works.',
  callsPerS: 200,
  maxBytes: 4096,
  bounds: '1 user',
  body: namedUser,
  request: '{"UserID":"alice"}',
  response:
    '{"KickedSessions":[{"SessionId":"k3v9q0x2ab-1","Instid":"alice-laptop","Platform":"Web","NodeId":"a-k3v9q0x2ab"}]}',
  codes: ['noSuchUser', 'badIdFormat', 'invalidParameters', 'internalError'],
  run: kick,
});

async function kick(call: Call<z.output<typeof namedUser>>): Promise<Reply> {
  const user = { sdkAppId: call.sdkAppId, userId: call.body.userId };
  const { ended: kicked } = await call.registry.revoke(user);
  // Asked afterwards: should accounts be lost, sessions can still be ended.
  if (kicked.length === 0) {
    const [isKnown] = await call.registry.accounts.exist([user]);
    if (isKnown !== true) return refuse('noSuchUser');
  }
  const KickedSessions = kicked.map(({ session }) => ({
    SessionId: session.sessionId,
    Instid: session.instanceId,
    Platform: platformWords[session.platform],
    NodeId: session.nodeId,
  }));
  return done({ KickedSessions });
}
