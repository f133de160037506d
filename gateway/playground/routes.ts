import { z } from 'zod';
import { limits } from '../../protocol/limits.ts';
import { makeUserSig } from '../ticket/user-sig.ts';
import { linkModes } from './link.ts';
import type { NetworkLinks } from './links.ts';

/** The app whose users play. */
export interface PlayedApp {
  readonly sdkAppId: number;
  /** The key tickets are made with; left out for an operator's own app: the page makes none for it. */
  readonly secret?: string;
}

/** An answer of the API: JSON, `{error}` for a request that failed. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
}

/** Does what a route is for with the body of a request, which it has to check. */
export type ApiRoute = (body: unknown) => ApiAnswer | Promise<ApiAnswer>;

/** Longest life of a ticket that is made here, in seconds. */
const longestTicketS = 7 * 86_400;

const ticketOrder = z.strictObject({
  userId: z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9_-]{1,${limits.userIdLength}}$`),
      `1 to ${limits.userIdLength} letters, digits, _ and -`,
    ),
  expireS: z.int().min(1).max(longestTicketS),
});
const linkOrder = z.strictObject({});
const linkName = z.strictObject({ id: z.string().max(32) });
const modeOrder = linkName.extend({ mode: z.enum(linkModes) });

/** What the page may ask of the server, by path; every request is a POST. */
export function apiRoutes(app: PlayedApp, links: NetworkLinks): ReadonlyMap<string, ApiRoute> {
  const onLink = (
    id: string,
    act: (link: NonNullable<ReturnType<typeof links.find>>) => object,
  ) => {
    const link = links.find(id);
    if (link === undefined) return failed(404, `there is no link ${JSON.stringify(id)} any more`);
    return { status: 200, body: act(link) };
  };
  return new Map<string, ApiRoute>([
    ['/tickets', checked(ticketOrder, (order) => ticket(app, order))],
    [
      '/links',
      checked(linkOrder, async () => {
        const opened = await links.open();
        if (opened === undefined)
          return failed(429, 'too many links are in use: close some devices');
        return { status: 200, body: { id: opened.id, port: opened.link.port } };
      }),
    ],
    ['/links/keep', checked(linkName, ({ id }) => onLink(id, ({ mode }) => ({ mode })))],
    [
      '/links/mode',
      checked(modeOrder, ({ id, mode }) =>
        onLink(id, (link) => {
          link.setMode(mode);
          return { mode };
        }),
      ),
    ],
    [
      '/links/reset',
      checked(linkName, ({ id }) =>
        onLink(id, (link) => {
          link.reset();
          return { mode: link.mode };
        }),
      ),
    ],
  ]);
}

function ticket({ sdkAppId, secret }: PlayedApp, order: z.infer<typeof ticketOrder>): ApiAnswer {
  if (secret === undefined) {
    return failed(403, 'tickets are made here for the sample app only: paste one of your own app');
  }
  const issuedAt = Math.floor(Date.now() / 1000);
  return { status: 200, body: { userSig: makeUserSig({ sdkAppId, secret, ...order, issuedAt }) } };
}

function checked<T>(
  schema: z.ZodType<T>,
  handle: (order: T) => ApiAnswer | Promise<ApiAnswer>,
): ApiRoute {
  return (body) => {
    const parsed = schema.safeParse(body);
    if (parsed.success) return handle(parsed.data);
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    return failed(400, `${where}${issue?.message ?? 'wrong'}`);
  };
}

/** An answer to a request that cannot be granted; `error` is for a developer. */
export function failed(status: number, error: string): ApiAnswer {
  return { status, body: { error } };
}
