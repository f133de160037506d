import { z } from 'zod';
import { eventKinds } from '../../protocol/event-kinds.ts';
import { isAddressRange } from '../webhook/address-rules.ts';
import { isWebhookSecret } from '../webhook/signature.ts';
import { isBackEndUrl } from './callback-schema.ts';
import { integer, keyDocs } from './key-doc.ts';

const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

const url = z.string().max(2048).refine(isBackEndUrl);
const token = z.string().regex(/^[!-~]{8,128}$/);
const secrets = z.array(z.string().refine(isWebhookSecret)).max(2).refine(isDistinct);
const events = z.array(z.enum(eventKinds)).min(1).refine(isDistinct);
const timeoutMs = z.int().min(50).max(10_000);
const retries = z.int().min(0).max(100);

const tokenShape = '8 to 128 printable characters without spaces';
const secretsShape = 'list of at most 2, each whsec_ and 24 to 64 bytes in base64';
const eventsShape = `list of ${eventKinds.join(', ')}`;

/** The section `webhooks`: whom the gateway tells what happened, unless an app says otherwise. */
export const webhooks = z.strictObject({
  url: url.optional().register(keyDocs, {
    meaning:
      'Where the back end is told of logins and their ends. Left out: nothing is told and nothing is kept.',
    shape: 'http:// or https:// address',
    defaultText: 'none',
  }),
  token: token.optional().register(keyDocs, {
    meaning: "Signs in Tencent's way (Sign and RequestTime in the URL).",
    shape: tokenShape,
    defaultText: 'none',
    secret: true,
  }),
  secrets: secrets.default([]).register(keyDocs, {
    meaning:
      'Sign in the way of Standard Webhooks, body included; two while one replaces the other.',
    shape: secretsShape,
    defaultText: 'none',
    secret: true,
  }),
  events: events.default([...eventKinds]).register(keyDocs, {
    meaning: 'Which events are kept and told. The same on all nodes.',
    shape: eventsShape,
    defaultText: 'all',
  }),
  timeoutMs: timeoutMs
    .default(2000)
    .register(keyDocs, { meaning: 'How long a call may take, its answer included.' }),
  retries: retries.default(16).register(keyDocs, {
    meaning:
      'How often a call that failed is made again, after 1 s, 2 s and so on up to 5 minutes; then the event is given up.',
  }),
  concurrency: integer(1, 256, 16, 'Most calls to one back end at a time, for each node.'),
  allowedAddresses: z.array(z.string().refine(isAddressRange)).default([]).register(keyDocs, {
    meaning: 'Addresses that are not public and may be called all the same.',
    shape: 'list of addresses or ranges such as 10.1.0.0/16',
    defaultText: 'none',
  }),
  keepOnly: z.boolean().default(false).register(keyDocs, {
    meaning: 'This node keeps the events of its users and leaves the telling to other nodes.',
  }),
});

/** What an app may have of its own. */
export const appWebhooks = z.strictObject({
  url: url.optional().register(keyDocs, {
    meaning: 'Where the back end of this app is told.',
    shape: 'http:// or https:// address',
    defaultText: '`webhooks.url`',
  }),
  token: token.optional().register(keyDocs, {
    meaning: "Signs for this app in Tencent's way.",
    shape: tokenShape,
    defaultText: '`webhooks.token`',
    secret: true,
  }),
  secrets: secrets.optional().register(keyDocs, {
    meaning: 'Sign for this app in the way of Standard Webhooks.',
    shape: secretsShape,
    defaultText: '`webhooks.secrets`',
    secret: true,
  }),
  events: events.optional().register(keyDocs, {
    meaning: 'Which events of this app are kept and told.',
    shape: eventsShape,
    defaultText: '`webhooks.events`',
  }),
  timeoutMs: timeoutMs.optional().register(keyDocs, {
    meaning: 'How long a call for this app may take.',
    defaultText: '`webhooks.timeoutMs`',
  }),
  retries: retries.optional().register(keyDocs, {
    meaning: 'How often a call for this app is made again.',
    defaultText: '`webhooks.retries`',
  }),
});
