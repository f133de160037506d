import { z } from 'zod';
import { retention } from '../../registry/retention.ts';
import { done, refuse } from './reply.ts';
import { route, type Route } from './route.ts';
import { endedBodies, endedShape, sampleSession, unixS } from './shapes.ts';

const user = '/v1/apps/{sdkAppId}/users/{userId}';

const banEnd = z
  .int()
  .min(0)
  .max(retention.banWithoutEnd - 1)
  .nullable()
  .describe('When the ban ends, in Unix seconds; null: when it is lifted.');

/** Keep users out and let them in again. */
export const banRoutes: readonly Route[] = [
  route({
    name: 'getRestrictions',
    group: 'bans',
    method: 'GET',
    path: `${user}/restrictions`,
    scope: 'bans:read',
    summary: 'Whether a user is banned, and when tickets of the user were last revoked.',
    doc: 'A ban that has ended is none.',
    response: z.strictObject({
      ban: z
        .strictObject({ bannedAt: unixS('Since when.'), endsAt: banEnd })
        .nullable()
        .describe('null: the user is not banned.'),
      revokedAt: unixS('The last revocation that is still known; null: none is.').nullable(),
    }),
    example: {
      ban: { bannedAt: 1_795_408_260, endsAt: 1_795_494_660 },
      revokedAt: null,
    },
    codes: ['registryAway'],
    run: async ({ parameters, registry }) => {
      const { ban, revokedAtMs } = await registry.restrictions(parameters);
      return done({
        ban: ban === undefined ? null : { bannedAt: ban.at, endsAt: endOrNull(ban.endsAt) },
        revokedAt: revokedAtMs === undefined ? null : Math.floor(revokedAtMs / 1000),
      });
    },
  }),
  route({
    name: 'banUser',
    group: 'bans',
    method: 'PUT',
    path: `${user}/ban`,
    scope: 'bans:write',
    summary:
      'Refuses a user every login until a time, and ends all sessions as kicks of the type banned.',
    doc: 'It takes the place of an earlier ban. Tickets stay good for after it: revoke them as well where they should not.',
    body: z.strictObject({ endsAt: banEnd }),
    request: { endsAt: 1_795_494_660 },
    response: z.strictObject({ endsAt: banEnd, ended: endedShape }),
    example: { endsAt: 1_795_494_660, ended: [sampleSession] },
    codes: ['registryAway'],
    run: async ({ parameters, body: { endsAt }, registry, nowS }) => {
      // A ban that is over would end sessions and keep nobody out: surely not what was meant.
      if (endsAt !== null && endsAt <= nowS()) return refuse('badBody', 'endsAt has passed');
      const ended = await registry.ban(parameters, endsAt ?? Infinity);
      return done({ endsAt, ended: endedBodies(ended) });
    },
  }),
  route({
    name: 'unbanUser',
    group: 'bans',
    method: 'DELETE',
    path: `${user}/ban`,
    scope: 'bans:write',
    summary: 'Lifts the ban of a user.',
    doc: '',
    response: z.strictObject({
      wasBanned: z.boolean().describe('Whether there was a ban to lift.'),
    }),
    example: { wasBanned: true },
    codes: ['registryAway'],
    run: async ({ parameters, registry }) => done({ wasBanned: await registry.unban(parameters) }),
  }),
];

function endOrNull(endsAt: number): number | null {
  return endsAt === Infinity ? null : endsAt;
}
