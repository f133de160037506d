import { readFileSync } from 'node:fs';
import { z } from 'zod';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

const schemaFile = new URL('../../bench/report.schema.json', import.meta.url);
const schema = z.fromJSONSchema(JSON.parse(readFileSync(schemaFile, 'utf8')) as JsonSchema);

/** What the published schema of a bench's JSON has against a document; undefined when it keeps to it. */
export function schemaProblem(document: unknown): string | undefined {
  const { error } = schema.safeParse(document);
  return error === undefined ? undefined : z.prettifyError(error);
}

/** Throws when a document does not keep to the published schema. */
export function expectPublished(document: unknown): void {
  const problem = schemaProblem(document);
  if (problem !== undefined) throw new Error(`the report breaks its schema: ${problem}`);
}
