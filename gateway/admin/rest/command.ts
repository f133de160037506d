import type { z } from 'zod';
import type { Registry } from '../../registry/port.ts';
import type { Pushes } from '../../registry/pushes.ts';
import { isRestCodeName, type RestCodeName } from './codes.ts';
import { refuse, type Reply } from './reply.ts';

/** What the commands need of the registry. */
export interface RestRegistry extends Pick<
  Registry,
  'statuses' | 'sessions' | 'revoke' | 'accounts' | 'traffic'
> {
  readonly pushes: Pick<Pushes, 'toUser' | 'toEverybody'>;
}

/** What the registry given to commands rejects with when the store does not answer. */
export class RegistryAway extends Error {}

/** A call that is allowed, for the one who serves it. */
export interface Call<Body> {
  readonly sdkAppId: number;
  /** The UserID of who calls. */
  readonly admin: string;
  readonly registry: RestRegistry;
  /** Unix ms. */
  readonly nowMs: number;
  readonly body: Body;
}

/** The services, with the codes each answers for a body of the wrong shape and for a failure of its own. */
export const services = {
  im_open_login_svc: { invalid: 'invalidParameters', failed: 'internalError' },
  openconfigsvr: { invalid: 'invalidParameters', failed: 'internalError' },
  openim: { invalid: 'badBody', failed: 'messageServiceFailed' },
  all_member_push: { invalid: 'badBody', failed: 'messageServiceFailed' },
} as const satisfies Record<string, { invalid: RestCodeName; failed: RestCodeName }>;

type ServiceName = keyof typeof services;

/** One command as it stands in the table of commands. */
export interface CommandDefinition<Shape extends z.ZodType> {
  readonly service: ServiceName;
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  /** Most calls of one app in a second on one node. */
  readonly callsPerS: number;
  /** Largest body. */
  readonly maxBytes: number;
  /** Words about the bounds inside the body, where it has any. */
  readonly bounds?: string;
  /** The body. The error text of a part is the name of the code that a wrong value is answered with. */
  readonly body: Shape;
  readonly request: string;
  readonly response: string;
  /** Success is told without `ActionStatus` and with `OK` in `ErrorInfo`, as Tencent's command does. */
  readonly isPlain?: true;
  /** Codes it may answer beside those that every call may. */
  readonly codes: readonly RestCodeName[];
  /** Rejects only for a bug, or when the registry does not answer. */
  readonly run: (call: Call<z.output<Shape>>) => Promise<Reply>;
}

/** A command without the type of its body. */
export interface Command extends Omit<CommandDefinition<z.ZodType>, 'run'> {
  /** Such as `openim/query_online_status`. */
  readonly path: string;
  /** Checks the body and serves the call. */
  readonly run: (call: Call<unknown>) => Promise<Reply>;
}

/** An entry of the table. */
export function command<Shape extends z.ZodType>(definition: CommandDefinition<Shape>): Command {
  const { service, name, body: shape, run } = definition;
  return {
    ...definition,
    path: `${service}/${name}`,
    run: async (call) => {
      const parsed = shape.safeParse(call.body);
      if (!parsed.success) return refuseIssue(parsed.error.issues[0], service);
      const reply = await run({ ...call, body: parsed.data });
      return reply.kind === 'done' && definition.isPlain === true
        ? { ...reply, isPlain: true }
        : reply;
    },
  };
}

function refuseIssue(issue: z.core.$ZodIssue | undefined, service: ServiceName): Reply {
  const name = issue?.message ?? '';
  const where = issue?.path.map(String).join('.') ?? '';
  return refuse(isRestCodeName(name) ? name : services[service].invalid, where);
}
