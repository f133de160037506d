import { z } from 'zod';
import type { Registry } from '../../registry/port.ts';
import type { Replayed } from '../../webhook/replay.ts';
import type { Policies } from '../../registry/policy-port.ts';
import type { AdminScope } from '../../access/scopes.ts';
import type { V1CodeName } from './codes.ts';
import { namesIn, type ParameterName, type ParametersOf } from './path-parameters.ts';
import { refuse, type V1Reply } from './reply.ts';

/** What routes need of the registry. */
export interface V1Registry extends Pick<
  Registry,
  'sessions' | 'statuses' | 'kick' | 'revoke' | 'ban' | 'unban' | 'restrictions' | 'nodes'
> {
  readonly policies: Pick<Policies, 'read' | 'change' | 'preview'>;
  readonly accounts: Pick<Registry['accounts'], 'exist'>;
  readonly pushes: Pick<Registry['pushes'], 'toUser' | 'toEverybody'>;
  readonly events: Replayed;
}

/** What routes work with. */
export interface V1Parts {
  readonly registry: V1Registry;
  /** Unix seconds. */
  readonly nowS: () => number;
}

/** A call that is allowed, for the one who serves it. */
export interface V1Call<Parameters, Body> extends V1Parts {
  readonly parameters: Parameters;
  readonly body: Body;
}

/** The groups of routes, as the documents show them. */
export const groups = {
  sessions: 'Sessions and states of users',
  bans: 'Bans and revocations',
  pushes: 'Pushes',
  apps: 'Login policies of apps',
  nodes: 'Nodes',
  webhooks: 'Webhooks',
  api: 'The API itself',
} as const;

/** One route as it stands in the table. */
export interface RouteDefinition<Path extends string, Body extends z.ZodType> {
  /** Names it in logs, metrics and openapi.json. */
  readonly name: string;
  readonly group: keyof typeof groups;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: Path;
  /** What a key must be allowed to do; undefined: any key will do. */
  readonly scope: AdminScope | undefined;
  /** One sentence. */
  readonly summary: string;
  /** More sentences; may be empty. */
  readonly doc: string;
  /** The body; left out, there is none. */
  readonly body?: Body;
  /** Largest body; 4096 bytes if left out. */
  readonly maxBytes?: number;
  /** A field of it that the audit log leaves out: it is for users. */
  readonly unlogged?: string;
  /** An example of it. */
  readonly request?: z.input<Body>;
  readonly response: z.ZodType;
  /** An example of it. */
  readonly example: object;
  /** What it may be refused with beside what its path, its scope and every call bring along. */
  readonly codes: readonly V1CodeName[];
  /** Rejects only for a bug, or when the registry does not answer. */
  readonly run: (call: V1Call<ParametersOf<Path>, z.output<Body>>) => Promise<V1Reply> | V1Reply;
}

/** A route without the types of its path and body. */
export interface Route extends Omit<
  RouteDefinition<string, z.ZodType>,
  'run' | 'body' | 'request'
> {
  readonly parameters: readonly ParameterName[];
  readonly body: z.ZodType | undefined;
  readonly request: unknown;
  /** Checks the body and serves the call; the parameters have been checked. */
  readonly run: (
    call: V1Call<Readonly<Record<string, unknown>>, unknown>,
  ) => Promise<V1Reply> | V1Reply;
}

/** An entry of the table. */
export function route<const Path extends string, Body extends z.ZodType = z.ZodUndefined>(
  definition: RouteDefinition<Path, Body>,
): Route {
  const { body: shape, run } = definition;
  return {
    ...definition,
    parameters: namesIn(definition.path),
    body: shape,
    request: definition.request,
    run: (call) => {
      const parsed = (shape ?? z.undefined()).safeParse(call.body);
      if (!parsed.success) return refuse('badBody', whereOf(parsed.error.issues[0]));
      return run({
        ...call,
        parameters: call.parameters as ParametersOf<Path>,
        body: parsed.data as z.output<Body>,
      });
    },
  };
}

/** Which field is wrong. Names of unknown fields are not repeated: nobody has checked them. */
function whereOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return 'it has a field that is not known';
  return issue === undefined || issue.path.length === 0 ? 'it is no object' : issue.path.join('.');
}
