import { z } from 'zod';
import { banRoutes } from './ban-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { openapi } from './openapi.ts';
import { done } from './reply.ts';
import { pushRoutes } from './push-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { route, type Route } from './route.ts';
import { sessionRoutes } from './session-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

const described = route({
  name: 'getOpenapi',
  group: 'api',
  method: 'GET',
  path: '/v1/openapi.json',
  scope: undefined,
  summary: 'This API as an OpenAPI 3.1 document.',
  doc: 'The same as docs/openapi.json of this version.',
  response: z.looseObject({ openapi: z.string() }),
  example: { openapi: '3.1.0' },
  codes: [],
  run: () => done(document),
});

/** Every route under /v1. Handlers, scopes, checks, documents and the tests of strangers come from here. */
export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...banRoutes,
  ...pushRoutes,
  ...policyRoutes,
  ...nodeRoutes,
  ...webhookRoutes,
  described,
];

const document = openapi(routes);
