import { z } from 'zod';
import { replay } from '../../webhook/replay.ts';
import { done, refuse } from './reply.ts';
import { route, type Route } from './route.ts';
import { unixS } from './shapes.ts';

/** Tell back ends again. */
export const webhookRoutes: readonly Route[] = [
  route({
    name: 'replayWebhooks',
    group: 'webhooks',
    method: 'POST',
    path: '/v1/apps/{sdkAppId}/webhooks/replay',
    scope: 'webhooks:write',
    summary: "Tells an app's back end again of all that is kept from a time on.",
    doc: 'With the ids it had, and in the order of each user. What has not been told yet comes behind it.',
    body: z.strictObject({ since: unixS('From when on.') }),
    request: { since: 1_795_408_260 },
    response: z.strictObject({ since: unixS('From when on it is told again.') }),
    example: { since: 1_795_408_260 },
    codes: ['webhooksOff', 'registryAway'],
    run: async ({ parameters: { sdkAppId }, body: { since }, registry: { events } }) => {
      if (!events.apps.includes(sdkAppId)) return refuse('webhooksOff');
      await replay(events, sdkAppId, since * 1000);
      return done({ since });
    },
  }),
];
