import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { isUserId } from '../../ticket/user-sig-fields.ts';
import { command, type Call } from './command.ts';
import { contentOf, lifeTime, messageFields, optionalUint32 } from './message.ts';
import { done, refuse, type Reply } from './reply.ts';

const body = z.object({
  To_Account: z.string({ error: 'badAccountList' }),
  // Left out it would be a week at Tencent's: nobody shall take for stored what is not.
  MsgLifeTime: lifeTime,
  ...messageFields,
  MsgSeq: optionalUint32('badBody'),
  MsgTimeStamp: optionalUint32('badTimestamp'),
  SyncOtherMachine: z.literal([1, 2], { error: 'badSyncWish' }).default(2),
});

/** Sends a message to a user who is online. */
export const sendMsgCommand = command({
  service: 'openim',
  name: 'sendmsg',
  doc:
    'Sends a message to the sessions of a user who is online; nothing is kept for who is not. `SessionsReached` tells to how many it was ' +
    'sent. `SyncOtherMachine` 1 sends it to `From_Account` as well.',
  callsPerS: 200,
  maxBytes: 32_768,
  bounds: '1 user, 12,288 bytes for the message',
  body,
  request:
    '{"To_Account":"alice","MsgLifeTime":0,"MsgRandom":1287657,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}',
  response: '{"MsgTime":1795408200,"MsgKey":"3405691582_1287657_1795408200","SessionsReached":1}',
  codes: [
    'badBody',
    'badAccountList',
    'badMessage',
    'badRandom',
    'badTimestamp',
    'messageNoList',
    'noSuchReceiver',
    'nothingKept',
    'badSyncWish',
    'badLifeTime',
    'messageTooLong',
    'messageServiceFailed',
  ],
  run: send,
});

async function send(call: Call<z.output<typeof body>>): Promise<Reply> {
  const { sdkAppId, admin, registry } = call;
  const MsgTime = Math.floor(call.nowMs / 1000);
  const { From_Account = admin, To_Account, MsgRandom, MsgBody, CloudCustomData } = call.body;
  const { MsgSeq = randomInt(2 ** 32), SyncOtherMachine } = call.body;
  if (!isUserId(To_Account)) return refuse('noSuchReceiver');
  const MsgKey = `${MsgSeq}_${MsgRandom}_${MsgTime}`;
  const message = {
    From_Account,
    To_Account,
    MsgSeq,
    MsgRandom,
    MsgTime,
    MsgKey,
    MsgBody,
    ...(CloudCustomData !== undefined && { CloudCustomData }),
  };
  const content = contentOf(From_Account, 'C2C', message);
  if (content === undefined) return refuse('messageTooLong');
  const to = { sdkAppId, userId: To_Account };
  const { sessions } = await registry.pushes.toUser(to, content, 'all');
  // Asked afterwards: who is online has an account.
  if (sessions === 0 && !(await registry.accounts.exist([to]))[0]) return refuse('noSuchReceiver');
  if (SyncOtherMachine === 1) {
    const from = { sdkAppId, userId: From_Account };
    // The message has gone out: a failure here must not make anybody send it once more.
    await registry.pushes.toUser(from, content, 'all').catch(() => undefined);
  }
  return done({ MsgTime, MsgKey, SessionsReached: sessions });
}
