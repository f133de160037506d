import { z } from 'zod';
import { adminScopes } from '../../access/scopes.ts';
import { commonCodes, v1Codes, type V1CodeName } from './codes.ts';
import { pathParameters } from './path-parameters.ts';
import { groups, type Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

const schemaOf = (shape: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, { io });
  return schema;
};

const jsonContent = (schema: Json, example: unknown): Json => ({
  'application/json': { schema, example },
});

/** The codes that a route may be refused with, by their names, in the order of the table. */
export function codesOf(route: Route): readonly V1CodeName[] {
  const own = new Set<V1CodeName>([...commonCodes, ...route.codes]);
  if (route.scope !== undefined) own.add('scopeMissing');
  if (route.parameters.length > 0) own.add('badParameter');
  if (route.parameters.includes('sdkAppId')) own.add('appForbidden').add('noSuchApp');
  if (route.body !== undefined) own.add('badBody').add('bodyNotJson').add('bodyTooLong');
  return (Object.keys(v1Codes) as V1CodeName[]).filter((name) => own.has(name));
}

/** The table of routes as an OpenAPI 3.1 document. */
export function openapi(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse admin API',
      version: '1',
      summary: 'Sessions, bans, login policies and nodes of a Gatehouse deployment.',
      description:
        'docs/admin-api.md tells how to call it. Any node answers for all of a deployment.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The admin port of a node.' }],
    security: [{ key: [] }],
    tags: Object.entries(groups).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `A key of \`gatehouse key new\`. Scopes: ${scopeWords()}`,
        },
      },
      schemas: { Error: errorSchema() },
    },
  };
}

function scopeWords(): string {
  return Object.entries(adminScopes)
    .map(([scope, words]) => `\`${scope}\`: ${words}`)
    .join(' ');
}

function errorSchema(): Json {
  return {
    type: 'object',
    required: ['code', 'message', 'remedy'],
    additionalProperties: false,
    properties: {
      code: { type: 'string', description: 'What programs go by.', enum: Object.keys(v1Codes) },
      message: { type: 'string', description: 'What is wrong.' },
      remedy: { type: 'string', description: 'What to do about it.' },
    },
  };
}

function operationOf(route: Route): Json {
  const { name, group, scope, summary, doc, body, request, response, example } = route;
  return {
    operationId: name,
    tags: [group],
    summary,
    ...(doc !== '' && { description: doc }),
    security: [{ key: scope === undefined ? [] : [scope] }],
    ...(route.parameters.length > 0 && { parameters: parametersOf(route) }),
    ...(body !== undefined && {
      requestBody: { required: true, content: jsonContent(schemaOf(body, 'input'), request) },
    }),
    responses: {
      '200': { description: 'Done.', content: jsonContent(schemaOf(response, 'output'), example) },
      ...refusalsOf(route),
    },
  };
}

function parametersOf({ parameters }: Route): readonly Json[] {
  return parameters.map((name) => {
    const { check, doc, shape, example } = pathParameters[name];
    return {
      name,
      in: 'path',
      required: true,
      description: `${doc} ${shape.charAt(0).toUpperCase()}${shape.slice(1)}.`,
      schema: schemaOf(check, 'input'),
      example,
    };
  });
}

function refusalsOf(route: Route): Json {
  const byStatus = new Map<number, V1CodeName[]>();
  for (const name of codesOf(route)) {
    const { status } = v1Codes[name];
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      String(status),
      {
        description: names.map((name) => `\`${name}\`: ${v1Codes[name].message}.`).join(' '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}
