import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../session/clock.ts';
import { readBody } from '../rest/body.ts';
import { CallRate } from '../rest/call-rate.ts';
import { pathOf } from '../rest/call-url.ts';
import { RegistryAway } from '../rest/command.ts';
import { json, type Answer } from '../routes.ts';
import { AdminKeys, type AdminKey, type AdminKeySource } from './admin-keys.ts';
import { v1Codes } from './codes.ts';
import { FailedTries } from './failed-tries.ts';
import { errorBody, refuse, type V1Refusal, type V1Reply } from './reply.ts';
import { findRoute, type Found } from './find-route.ts';
import type { V1Parts } from './route.ts';
import type { V1Counters } from './v1-counters.ts';

/** One call, for the audit log. Holds no key, and of what the caller wrote only what was checked. */
export interface V1Note {
  /** The name of the key; undefined: there was no good one. */
  readonly key: string | undefined;
  /** The caller's address, or that of the last proxy. */
  readonly address: string;
  /** The name of the route, where there is one and the key may know of it. */
  readonly route: string | undefined;
  /** The checked parts of the path and fields of the body. */
  readonly target: object | undefined;
  /** `done`, or the name of the code. */
  readonly outcome: string;
}

/** What /v1 works with. */
export interface V1Settings extends V1Parts {
  readonly keys: readonly AdminKeySource[];
  /** SDKAppIDs this gateway serves. */
  readonly apps: ReadonlySet<number>;
  readonly clock: Clock;
  /** What of an address counts together when calls without a good key are counted. */
  readonly groupOf: (address: string) => string;
  /** Most calls of one key in a second on this node. */
  readonly callsPerS: number;
  readonly counters: V1Counters;
  /** Told of each call: the audit log. */
  readonly onCall: (note: V1Note) => void;
  /** Told of a route that failed; the client gets a code without the reason. */
  readonly onError: (error: unknown) => void;
}

/** The paths of this API begin with it. */
export const v1Prefix = '/v1/';

const maxBodyBytes = 4096;
const retryAfterS = 1;

/**
 * The operator's API: bearer keys, statuses of HTTP, one shape of errors. A caller without a good key learns nothing but
 * that: not which paths there are, and nothing of the configuration.
 */
export class V1Api {
  readonly #settings: V1Settings;
  readonly #parts: V1Parts;
  readonly #keys: AdminKeys;
  readonly #failedTries: FailedTries;
  readonly #rates: ReadonlyMap<string, CallRate>;

  constructor(settings: V1Settings) {
    this.#settings = settings;
    const { registry, nowS } = settings;
    this.#parts = { registry: marked(registry), nowS };
    this.#keys = new AdminKeys(settings.keys);
    this.#failedTries = new FailedTries(settings.groupOf);
    this.#rates = new Map(
      settings.keys.map(({ name }) => [name, new CallRate(settings.callsPerS)]),
    );
  }

  /** Answers one request whose path begins with the prefix. Rejects when its client went away. */
  async answer(request: IncomingMessage): Promise<Answer> {
    const address = request.socket.remoteAddress ?? '';
    const key = this.#keys.judge(request.headers.authorization);
    if (key.kind === 'refused') return this.#turnAway(key, address);
    const found = findRoute(request.method ?? 'GET', pathOf(request.url ?? ''));
    const { reply, checkedBody } = await this.#replyTo(request, key, found);
    const outcome = reply.kind === 'done' ? 'done' : reply.code;
    const name = found.kind === 'route' ? found.route.name : undefined;
    const target = found.kind === 'route' ? { ...found.parameters, ...checkedBody } : undefined;
    this.#settings.onCall({ key: key.name, address, route: name, target, outcome });
    const allow = found.kind === 'otherMethods' ? { allow: found.methods.join(', ') } : {};
    return this.#answerWith(reply, allow);
  }

  /** Strangers beyond the bound are counted and not logged. */
  #turnAway(refusal: V1Refusal, address: string): Answer {
    if (!this.#failedTries.count(address, this.#settings.clock.monotonicMs())) {
      return this.#answerWith(refuse('tooManyFailures'));
    }
    const outcome = refusal.code;
    this.#settings.onCall({
      key: undefined,
      address,
      route: undefined,
      target: undefined,
      outcome,
    });
    return this.#answerWith(refusal);
  }

  async #replyTo(
    request: IncomingMessage,
    key: AdminKey,
    found: Found,
  ): Promise<{ readonly reply: V1Reply; readonly checkedBody?: object }> {
    if (found.kind === 'otherMethods') return { reply: refuse('methodNotAllowed') };
    if (found.kind === 'none') return { reply: refuse('noSuchRoute') };
    const { route } = found;
    if (route.scope !== undefined && !key.scopes.has(route.scope))
      return { reply: refuse('scopeMissing', route.scope) };
    if (found.badParameter !== undefined)
      return { reply: refuse('badParameter', found.badParameter) };
    const refusal = this.#refusalOf(request, key, found.parameters['sdkAppId']);
    if (refusal !== undefined) return { reply: refusal };
    this.#settings.counters.countCall(route.name);
    if (route.body === undefined) return { reply: await this.#run(found, undefined) };
    const body = await readBody(request, route.maxBytes ?? maxBodyBytes);
    if (body.kind === 'tooLong') return { reply: refuse('bodyTooLong') };
    if (body.kind === 'notJson') return { reply: refuse('bodyNotJson') };
    const reply = await this.#run(found, body.value);
    const checked = route.body.safeParse(body.value);
    if (!checked.success) return { reply };
    const fields = Object.entries(checked.data as object);
    const logged = fields.filter(([name]) => name !== route.unlogged);
    return { reply, checkedBody: Object.fromEntries(logged) };
  }

  #refusalOf(request: IncomingMessage, key: AdminKey, sdkAppId: unknown): V1Refusal | undefined {
    if (this.#rates.get(key.name)?.take(this.#settings.clock.monotonicMs()) === false)
      return refuse('tooManyCalls');
    if (request.url?.includes('?') === true) return refuse('badQuery');
    if (typeof sdkAppId !== 'number') return undefined;
    if (key.apps?.has(sdkAppId) === false) return refuse('appForbidden');
    return this.#settings.apps.has(sdkAppId) ? undefined : refuse('noSuchApp');
  }

  async #run(
    { route, parameters }: Extract<Found, { readonly kind: 'route' }>,
    body: unknown,
  ): Promise<V1Reply> {
    try {
      return await route.run({ ...this.#parts, parameters, body });
    } catch (error) {
      if (error instanceof RegistryAway) return refuse('registryAway');
      this.#settings.onError(error);
      return refuse('internalError');
    }
  }

  #answerWith(reply: V1Reply, headers: Readonly<Record<string, string>> = {}): Answer {
    if (reply.kind === 'done') return json(200, reply.body);
    this.#settings.counters.countRefusal(reply.code);
    const { status } = v1Codes[reply.code];
    const more = {
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...((status === 429 || status === 503) && { 'retry-after': String(retryAfterS) }),
    };
    return { ...json(status, errorBody(reply)), headers: { ...headers, ...more } };
  }
}

/** The registry, with its faults told from bugs. */
function marked(registry: V1Parts['registry']): V1Parts['registry'] {
  const away = (cause: unknown): never => {
    throw new RegistryAway('the registry did not answer', { cause });
  };
  return {
    sessions: (user) => registry.sessions(user).catch(away),
    statuses: (users) => registry.statuses(users).catch(away),
    kick: (user, target, type) => registry.kick(user, target, type).catch(away),
    revoke: (user) => registry.revoke(user).catch(away),
    ban: (user, endsAt) => registry.ban(user, endsAt).catch(away),
    unban: (user) => registry.unban(user).catch(away),
    restrictions: (user) => registry.restrictions(user).catch(away),
    policies: {
      read: (sdkAppId) => registry.policies.read(sdkAppId).catch(away),
      change: (sdkAppId, written, ifVersion) =>
        registry.policies.change(sdkAppId, written, ifVersion).catch(away),
      preview: (sdkAppId, written, most) =>
        registry.policies.preview(sdkAppId, written, most).catch(away),
    },
    nodes: {
      all: () => registry.nodes.all().catch(away),
      ask: (nodeId, question) => registry.nodes.ask(nodeId, question).catch(away),
    },
    pushes: {
      toUser: (...words) => registry.pushes.toUser(...words).catch(away),
      toEverybody: (...words) => registry.pushes.toEverybody(...words).catch(away),
    },
    accounts: { exist: (users) => registry.accounts.exist(users).catch(away) },
    events: {
      apps: registry.events.apps,
      partitions: registry.events.partitions,
      rewind: (lot, sinceMs) => registry.events.rewind(lot, sinceMs).catch(away),
    },
  };
}
