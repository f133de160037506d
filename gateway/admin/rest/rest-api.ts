import type { IncomingMessage } from 'node:http';
import { json, type Answer } from '../routes.ts';
import { readBody } from './body.ts';
import { CallRate } from './call-rate.ts';
import { pathOf, readCallUrl } from './call-url.ts';
import { judgeCaller, type Admins, type Caller } from './caller.ts';
import { RegistryAway, services, type Command, type RestRegistry } from './command.ts';
import { commands } from './commands.ts';
import { envelope, refuse, type Refusal, type Reply } from './reply.ts';
import type { RestCounters } from './rest-counters.ts';

/** What the REST API works with. */
export interface RestSettings {
  readonly admins: Admins;
  readonly registry: RestRegistry;
  /** Most calls of one app in a second on this node, of all commands together. */
  readonly callsPerS: number;
  readonly counters: RestCounters;
  /** Told of each call that was let in, with the code it was answered with. */
  readonly onCall: (call: {
    readonly sdkAppId: number;
    readonly admin: string;
    readonly command: string;
    readonly code: number;
  }) => void;
  /** Told of a command that failed; the client gets a code without the reason. */
  readonly onError: (error: unknown) => void;
}

/** The paths of the REST API begin with it. */
export const restPrefix = '/v4/';

interface AppRates {
  readonly all: CallRate;
  readonly byCommand: ReadonlyMap<string, CallRate>;
}

/**
 * Tencent's REST API: `POST /v4/<service>/<command>?sdkappid=&identifier=&usersig=&random=&contenttype=json`. It
 * answers 200 always, with the code in the body. No URL is ever told or logged: there is a ticket in it.
 */
export class RestApi {
  readonly #settings: RestSettings;
  readonly #registry: RestRegistry;
  readonly #commands = new Map(commands.map((one) => [restPrefix + one.path, one]));
  readonly #rates: ReadonlyMap<number, AppRates>;

  constructor(settings: RestSettings) {
    this.#settings = settings;
    this.#registry = marked(settings.registry);
    this.#rates = new Map(
      [...settings.admins.byApp.keys()].map((sdkAppId) => [
        sdkAppId,
        {
          all: new CallRate(settings.callsPerS),
          byCommand: new Map(commands.map((one) => [one.path, new CallRate(one.callsPerS)])),
        },
      ]),
    );
  }

  /** Answers one request whose path begins with the prefix. Rejects when its client went away. */
  async answer(request: IncomingMessage): Promise<Answer> {
    const reply = await this.#replyTo(request);
    if (reply.kind === 'refused') this.#settings.counters.countRefusal(reply.code);
    return json(200, envelope(reply));
  }

  async #replyTo(request: IncomingMessage): Promise<Reply> {
    const url = request.url ?? '';
    const asked = this.#commands.get(pathOf(url));
    if (asked === undefined) return refuse('noSuchCommand');
    if (request.method !== 'POST') return refuse('badRequest');
    const callUrl = readCallUrl(url);
    if (callUrl.kind === 'refused') return callUrl;
    const caller = judgeCaller(callUrl, this.#settings.admins);
    if (caller.kind === 'refused') return caller;
    const excess = this.#spend(caller, asked);
    if (excess !== undefined) return excess;
    this.#settings.counters.countCall(asked.path);
    const reply = await this.#serve(request, caller, asked);
    this.#settings.onCall({
      sdkAppId: caller.sdkAppId,
      admin: caller.admin,
      command: asked.path,
      code: reply.kind === 'refused' ? reply.code : 0,
    });
    return reply;
  }

  /** Only who has shown a ticket spends of an app's rates: others must not use them up. */
  #spend({ sdkAppId }: Caller, { path }: Command): Refusal | undefined {
    const rates = this.#rates.get(sdkAppId);
    const nowMs = this.#settings.admins.clock.monotonicMs();
    if (rates?.all.take(nowMs) === false) return refuse('tooFrequentApp');
    if (rates?.byCommand.get(path)?.take(nowMs) === false) return refuse('tooFrequent');
    return undefined;
  }

  async #serve(request: IncomingMessage, caller: Caller, asked: Command): Promise<Reply> {
    const body = await readBody(request, asked.maxBytes);
    if (body.kind === 'tooLong') return refuse('bodyTooLong');
    if (body.kind === 'notJson') return refuse('bodyNotJson');
    try {
      const { sdkAppId, admin } = caller;
      const nowMs = this.#settings.admins.clock.wallMs();
      const registry = this.#registry;
      return await asked.run({ sdkAppId, admin, nowMs, registry, body: body.value });
    } catch (error) {
      if (error instanceof RegistryAway) return refuse('registryAway');
      this.#settings.onError(error);
      return refuse(services[asked.service].failed);
    }
  }
}

/** The registry, with its faults told from bugs. */
function marked(registry: RestRegistry): RestRegistry {
  const away = (cause: unknown): never => {
    throw new RegistryAway('the registry did not answer', { cause });
  };
  return {
    statuses: (users) => registry.statuses(users).catch(away),
    sessions: (user) => registry.sessions(user).catch(away),
    accounts: {
      import: (users) => registry.accounts.import(users).catch(away),
      exist: (users) => registry.accounts.exist(users).catch(away),
      delete: (user) => registry.accounts.delete(user).catch(away),
      activity: (sdkAppId) => registry.accounts.activity(sdkAppId).catch(away),
    },
    traffic: { ofApp: (sdkAppId) => registry.traffic.ofApp(sdkAppId).catch(away) },
    revoke: (user) => registry.revoke(user).catch(away),
    pushes: {
      toUser: (...call) => registry.pushes.toUser(...call).catch(away),
      toEverybody: (...call) => registry.pushes.toEverybody(...call).catch(away),
    },
  };
}
