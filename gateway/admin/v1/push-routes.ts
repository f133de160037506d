import { z } from 'zod';
import { limits } from '../../../protocol/limits.ts';
import { isPushTooLong } from '../../../protocol/push-fields.ts';
import { pushQuota } from '../push-quota.ts';
import { done, refuse } from './reply.ts';
import { route, type Route } from './route.ts';

/** The body is text that may be JSON within this JSON: each of its characters may take two. */
const maxBytes = 32_768;

const name = z.string().min(1).max(limits.pushNameLength);
const content = {
  sender: name.describe('A UserID, or what the back end calls itself.'),
  topic: name.describe('What the body is, in words of sender and receiver.'),
  body: z.string().describe('Text, such as JSON. 12,288 bytes of UTF-8 at most.'),
};
const instanceId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const number = z.int().describe('Orders the pushes of one user.');

const toUser = z
  .strictObject({
    ...content,
    instanceIds: z
      .array(instanceId)
      .min(1)
      .max(100)
      .optional()
      .describe('Only these instances; all of the user if left out.'),
  })
  .refine(fits, { path: ['body'] });

const toEverybody = z
  .strictObject({
    ...content,
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .describe('Names this push: the same id within 7 days is sent to nobody.'),
  })
  .refine(fits, { path: ['body'] });

/** Whether its frame is one (rule PUSH-4). */
function fits({ sender, topic, body }: { sender: string; topic: string; body: string }): boolean {
  return Buffer.byteLength(body) <= limits.pushBodyBytes && !isPushTooLong([sender, topic, body]);
}

const greeting = { sender: 'news', topic: 'greeting', body: '{"text":"hi"}' };

/** Carry something to who is online. */
export const pushRoutes: readonly Route[] = [
  route({
    name: 'pushToUser',
    group: 'pushes',
    method: 'POST',
    path: '/v1/apps/{sdkAppId}/users/{userId}/pushes',
    scope: 'pushes:write',
    summary: 'Sends something to the sessions of a user, or to those of some instances.',
    doc:
      'Clients get it as a `push` (PUSH-1 in protocol/PROTOCOL.md). `sessions` counts those that are registered, also where the link was lost a moment ago, and ' +
      'says nothing of what was read. Nothing is kept for who is offline.',
    body: toUser,
    maxBytes,
    unlogged: 'body',
    request: { ...greeting, instanceIds: ['alice-laptop'] },
    response: z.strictObject({ number, sessions: z.int() }),
    example: { number: 1_795_408_200_456_789, sessions: 1 },
    codes: ['registryAway'],
    run: async ({ parameters, body: { instanceIds, ...what }, registry }) => {
      const target = instanceIds === undefined ? 'all' : { instanceIds };
      const { number: sent, sessions } = await registry.pushes.toUser(parameters, what, target);
      return done({ number: sent, sessions });
    },
  }),
  route({
    name: 'pushToEverybody',
    group: 'pushes',
    method: 'POST',
    path: '/v1/apps/{sdkAppId}/pushes',
    scope: 'pushes:write',
    summary: 'Sends something to everybody online of an app.',
    doc:
      'Nodes tell their sessions by and by (`pushes.everybodyPerS`); `nodes` counts the nodes that were told, 0 where this `id` was sent before. An app may do so once a second and ' +
      '100 times a day (UTC), over all nodes and together with `all_member_push/im_push`.',
    body: toEverybody,
    maxBytes,
    unlogged: 'body',
    request: { ...greeting, id: 'maintenance-42' },
    response: z.strictObject({ number, nodes: z.int() }),
    example: { number: 1_795_408_200_456_789, nodes: 2 },
    codes: ['pushTooSoon', 'pushQuota', 'registryAway'],
    run: async ({ parameters: { sdkAppId }, body: { id, ...what }, registry }) => {
      const task = { id: `v1-${id}`, ...pushQuota };
      const outcome = await registry.pushes.toEverybody(sdkAppId, what, task);
      if (!('number' in outcome)) {
        return refuse(outcome.kind === 'tooSoon' ? 'pushTooSoon' : 'pushQuota');
      }
      return done({ number: outcome.number, nodes: outcome.kind === 'sent' ? outcome.nodes : 0 });
    },
  }),
];
