import { z } from 'zod';
import { pushQuota } from '../push-quota.ts';
import { command, type Call } from './command.ts';
import { contentOf, lifeTime, messageFields } from './message.ts';
import { done, refuse, type Reply } from './reply.ts';

const body = z.object({
  ...messageFields,
  MsgLifeTime: lifeTime.default(0),
  Condition: z.never({ error: 'noConditions' }).optional(),
});

/** Sends a message to everybody who is online. */
export const imPushCommand = command({
  service: 'all_member_push',
  name: 'im_push',
  doc:
    'Sends a message to everybody online of the app. Every node tells its sessions by and by (`pushes.everybodyPerS`); `NodesReached` tells ' +
    'how many nodes were told. The same `MsgRandom` within 7 days is the same push: it is answered with its `TaskId` and 0 nodes, and sent to nobody.',
  callsPerS: 100,
  maxBytes: 32_768,
  bounds:
    '12,288 bytes for the message, 100 pushes a day (UTC), 1 s between two, for the app on all nodes together',
  body,
  request:
    '{"From_Account":"news","MsgRandom":56512,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi, all"}}]}',
  response: '{"TaskId":"1400000000_1795408200456789_56512","NodesReached":2}',
  codes: [
    'badBody',
    'badMessage',
    'badRandom',
    'messageNoList',
    'pushTooSoon',
    'nothingKept',
    'badLifeTime',
    'noConditions',
    'pushQuota',
    'messageTooLong',
    'messageServiceFailed',
  ],
  run: push,
});

async function push(call: Call<z.output<typeof body>>): Promise<Reply> {
  const { sdkAppId, admin, registry } = call;
  const MsgTime = Math.floor(call.nowMs / 1000);
  const { From_Account = admin, MsgRandom, MsgBody, CloudCustomData } = call.body;
  const message = {
    From_Account,
    MsgRandom,
    MsgTime,
    MsgBody,
    ...(CloudCustomData !== undefined && { CloudCustomData }),
  };
  const content = contentOf(From_Account, 'everybody', message);
  if (content === undefined) return refuse('messageTooLong');
  const task = { id: String(MsgRandom), ...pushQuota };
  const outcome = await registry.pushes.toEverybody(sdkAppId, content, task);
  if (!('number' in outcome)) {
    return refuse(outcome.kind === 'tooSoon' ? 'pushTooSoon' : 'pushQuota');
  }
  return done({
    TaskId: `${sdkAppId}_${outcome.number}_${MsgRandom}`,
    NodesReached: outcome.kind === 'sent' ? outcome.nodes : 0,
  });
}
