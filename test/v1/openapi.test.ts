import { createConfig, lintFromString } from '@redocly/openapi-core';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adminScopes } from '../../gateway/access/scopes.ts';
import { openapi } from '../../gateway/admin/v1/openapi.ts';
import { routes } from '../../gateway/admin/v1/routes.ts';

type Operation = Readonly<Record<string, unknown>> & {
  readonly security: readonly [Readonly<Record<string, readonly string[]>>];
};

/** What the linter has to say of a document; it asks no network. */
async function complaintsAbout(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message, location: [at] }) => {
    return `${ruleId} at ${at?.pointer ?? ''}: ${message}`;
  });
}

const text = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
const document = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> };

describe('docs/openapi.json', () => {
  it('is without fault for the linter', async () => {
    expect(await complaintsAbout(text)).toEqual([]);
  });

  it('would not be, with faults in it', async () => {
    const broken = structuredClone(document);
    const operation = Object.values(broken.paths)[0]?.['get'] as Record<string, unknown>;
    delete operation['operationId'];
    const parameters = operation['parameters'] as { schema: object }[];
    Object.assign(parameters[0]?.schema ?? {}, { type: 'word' });
    const complaints = await complaintsAbout(JSON.stringify(broken));
    expect(complaints.join('\n')).toMatch(/operation-operationId/);
    expect(complaints.join('\n')).toMatch(/struct/);
  });

  it('has every route with its scope, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId, security }]) => ({
        route: `${method.toUpperCase()} ${path}`,
        name: operationId,
        scopes: security[0]['key'],
      })),
    );
    const all = routes.map(({ method, path, name, scope }) => ({
      route: `${method} ${path}`,
      name,
      scopes: scope === undefined ? [] : [scope],
    }));
    expect(described).toEqual(expect.arrayContaining(all));
    expect(described).toHaveLength(all.length);
  });

  it('is what a node serves', () => {
    expect(document).toEqual(JSON.parse(JSON.stringify(openapi(routes))));
  });
});

describe('a scope', () => {
  it.each(Object.keys(adminScopes))('%s is asked for by a route', (scope) => {
    expect(routes.map((route) => route.scope)).toContain(scope);
  });
});
