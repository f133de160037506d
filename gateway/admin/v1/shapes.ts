import { z } from 'zod';
import { platforms } from '../../../protocol/platforms.ts';
import type { ListedSession } from './session-list.ts';
import type { KickedSession } from '../../registry/kick.ts';
import type { SessionRecord } from '../../registry/session-record.ts';

/** Unix seconds. */
export const unixS = (meaning: string): z.ZodNumber =>
  z.int().min(0).describe(`${meaning} Unix seconds.`);

const sessionFields = {
  sessionId: z.string().describe('Names this login; a later one of the instance has another.'),
  instanceId: z.string().describe('The installed client.'),
  platform: z.enum(platforms),
  nodeId: z.string().describe('The node that holds it.'),
  loggedInAt: unixS("When the login was registered, by the registry's clock."),
  ticketEndsAt: unixS('When its ticket ends.'),
};

/** A session as the registry knows it. */
export const sessionShape = z.strictObject(sessionFields);

/** A session with its link, as its node knows it. */
export const listedShape = z.strictObject({
  ...sessionFields,
  state: z
    .enum(['online', 'expired', 'lost', 'unknown'])
    .describe(
      'expired: its ticket has ended and may still be renewed. lost: it is held for its client to come back. unknown: its node did not answer.',
    ),
  address: z
    .string()
    .nullable()
    .describe("The client's address, or that of the last proxy; null: unknown."),
});

/** The sessions that a call has ended, newest first. */
export const endedShape = z
  .array(sessionShape)
  .describe('The sessions that were ended, newest first.');

/** A session in the words of /v1. The epoch of a login is its time in milliseconds (decision 006). */
export function sessionBody(record: SessionRecord): z.input<typeof sessionShape> {
  const { sessionId, instanceId, platform, nodeId, epoch, ticketEndsAt } = record;
  return {
    sessionId,
    instanceId,
    platform,
    nodeId,
    loggedInAt: Math.floor(epoch / 1000),
    ticketEndsAt,
  };
}

/** A listed session in the words of /v1. */
export function listedBody({ record, link }: ListedSession): z.input<typeof listedShape> {
  return {
    ...sessionBody(record),
    state: link?.state ?? 'unknown',
    address: link?.address ?? null,
  };
}

/** Ended sessions in the words of /v1. */
export function endedBodies(ended: readonly KickedSession[]): z.input<typeof endedShape> {
  return ended.map(({ session }) => sessionBody(session));
}

/** A session for examples. */
export const sampleSession = {
  sessionId: 'k3v9q0x2ab-1',
  instanceId: 'alice-laptop',
  platform: 'web',
  nodeId: 'a-k3v9q0x2ab',
  loggedInAt: 1_795_408_200,
  ticketEndsAt: 1_795_411_800,
} as const;
