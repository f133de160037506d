import { z } from 'zod';
import { platforms } from '../../../protocol/platforms.ts';
import type { UserRef } from '../../registry/user.ts';
import { done, refuse } from './reply.ts';
import { route, type Route } from './route.ts';
import { listSessions } from './session-list.ts';
import {
  endedBodies,
  endedShape,
  listedBody,
  listedShape,
  sampleSession,
  unixS,
} from './shapes.ts';

const user = '/v1/apps/{sdkAppId}/users/{userId}';
const endedBody = z.strictObject({ ended: endedShape });

/** See and end what a user has running. */
export const sessionRoutes: readonly Route[] = [
  route({
    name: 'listSessions',
    group: 'sessions',
    method: 'GET',
    path: `${user}/sessions`,
    scope: 'sessions:read',
    summary: 'The sessions of a user, newest first.',
    doc: 'Who is logged out has none, and neither has a user nobody has heard of. States and addresses are asked of the nodes that hold the sessions.',
    response: z.strictObject({ sessions: z.array(listedShape) }),
    example: { sessions: [{ ...sampleSession, state: 'online', address: '192.0.2.7' }] },
    codes: ['registryAway'],
    run: async ({ parameters, registry }) => {
      const sessions = await listSessions(parameters, registry);
      return done({ sessions: sessions.map(listedBody) });
    },
  }),
  route({
    name: 'endSessions',
    group: 'sessions',
    method: 'DELETE',
    path: `${user}/sessions`,
    scope: 'sessions:write',
    summary: 'Ends every session of a user, as a kick of the type REST.',
    doc: 'Tickets stay good: the user may log in again at once. `revokeTickets` ends those as well.',
    response: endedBody,
    example: { ended: [sampleSession] },
    codes: ['registryAway'],
    run: async ({ parameters, registry }) =>
      done({ ended: endedBodies(await registry.kick(parameters, 'all', 'REST')) }),
  }),
  route({
    name: 'endSession',
    group: 'sessions',
    method: 'DELETE',
    path: `${user}/sessions/{sessionId}`,
    scope: 'sessions:write',
    summary: 'Ends one session, as a kick of the type REST.',
    doc: 'A later session of the same instance is another one and stays.',
    response: endedBody,
    example: { ended: [sampleSession] },
    codes: ['noSuchSession', 'registryAway'],
    run: async ({ parameters: { sessionId, ...ref }, registry }) => {
      const ended = await registry.kick(ref, { sessionIds: [sessionId] }, 'REST');
      return ended.length === 0 ? refuse('noSuchSession') : done({ ended: endedBodies(ended) });
    },
  }),
  route({
    name: 'endInstance',
    group: 'sessions',
    method: 'DELETE',
    path: `${user}/instances/{instanceId}`,
    scope: 'sessions:write',
    summary: 'Ends what one instance of a user has running, as a kick of the type REST.',
    doc: 'An instance that has lost its link is told when it comes back; it is not in the answer.',
    response: endedBody,
    example: { ended: [sampleSession] },
    codes: ['registryAway'],
    run: async ({ parameters: { instanceId, ...ref }, registry }) => {
      const ended = await registry.kick(ref, { instanceIds: [instanceId] }, 'REST');
      return done({ ended: endedBodies(ended) });
    },
  }),
  route({
    name: 'revokeTickets',
    group: 'sessions',
    method: 'POST',
    path: `${user}/revoke`,
    scope: 'sessions:write',
    summary: "Kills a user's tickets that were issued before this call, and ends every session.",
    doc: 'A ticket that is made after it works, in the same second too (REVOKE-1 in protocol/PROTOCOL.md).',
    response: z.strictObject({
      revokedAt: unixS("When, by the registry's clock."),
      ended: endedShape,
    }),
    example: { revokedAt: 1_795_408_260, ended: [sampleSession] },
    codes: ['registryAway'],
    run: async ({ parameters, registry }) => {
      const { atMs, ended } = await registry.revoke(parameters);
      return done({ revokedAt: Math.floor(atMs / 1000), ended: endedBodies(ended) });
    },
  }),
  route({
    name: 'getStatus',
    group: 'sessions',
    method: 'GET',
    path: `${user}/status`,
    scope: 'sessions:read',
    summary: 'How a user is.',
    doc: '`hasAccount` says whether the user has ever logged in or was imported.',
    response: z.strictObject({
      state: z.enum(['online', 'pushOnline', 'offline']),
      platforms: z.array(z.enum(platforms)).describe('Those that are online.'),
      customStatus: z.string().describe('As the user has set it; empty when none is set.'),
      hasAccount: z.boolean(),
    }),
    example: { state: 'online', platforms: ['web'], customStatus: 'at lunch', hasAccount: true },
    codes: ['registryAway'],
    run: async ({ parameters, registry }) => {
      const ref: UserRef = parameters;
      const [[status], [hasAccount = false]] = await Promise.all([
        registry.statuses([ref]),
        registry.accounts.exist([ref]),
      ]);
      const { state = 'offline', platforms: online = [], customStatus = '' } = status ?? {};
      return done({ state, platforms: online, customStatus, hasAccount });
    },
  }),
];
