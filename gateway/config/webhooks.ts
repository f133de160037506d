import type { EventKind } from '../../protocol/event-kinds.ts';
import { AddressRules } from '../webhook/address-rules.ts';
import type { Given } from './layers.ts';
import type { ConfigProblem } from './problem.ts';
import type { Settings } from './schema.ts';

/** Where the events of one app are told, and how; what the app leaves out is filled in from the top level. */
export interface WebhookSetting {
  readonly url: string;
  readonly token: string | undefined;
  readonly secrets: readonly string[];
  readonly events: readonly EventKind[];
  readonly timeoutMs: number;
  readonly retries: number;
}

/** Undefined: nothing is told of this app. */
export function webhooksOf(
  settings: Settings,
  app: Settings['apps'][number],
): WebhookSetting | undefined {
  const { webhooks: shared } = settings;
  const own = app.webhooks ?? {};
  const url = own.url ?? shared.url;
  if (url === undefined) return undefined;
  return {
    url,
    token: own.token ?? shared.token,
    secrets: own.secrets ?? shared.secrets,
    events: own.events ?? shared.events,
    timeoutMs: own.timeoutMs ?? shared.timeoutMs,
    retries: own.retries ?? shared.retries,
  };
}

/** What is wrong with the webhooks of apps, each problem once. Never tells a secret. */
export function webhookProblems(
  settings: Settings,
  given: ReadonlyMap<string, Given>,
): readonly ConfigProblem[] {
  const rules = new AddressRules(settings.webhooks.allowedAddresses);
  const found = new Map<string, ConfigProblem>();
  settings.apps.forEach((app, index) => {
    const isOwn = app.webhooks?.url !== undefined;
    const source = isOwn
      ? `${given.get('apps')?.source ?? 'apps'}[${index}].webhooks.url`
      : (given.get('webhooks.url')?.source ?? 'webhooks.url');
    const setting = webhooksOf(settings, app);
    const problem = setting && problemOf(setting, rules);
    if (problem !== undefined) found.set(source, { source, ...problem });
  });
  return [...found.values()];
}

function problemOf(
  { url, token, secrets }: WebhookSetting,
  rules: AddressRules,
): Omit<ConfigProblem, 'source'> | undefined {
  if (token === undefined && secrets.length === 0)
    return {
      problem: 'nothing signs these webhooks, so anybody could forge them',
      remedy: 'Give webhooks.secrets or webhooks.token',
    };
  if (rules.mayCall(new URL(url))) return undefined;
  return {
    problem: 'this address is not a public one',
    remedy: 'Name it in webhooks.allowedAddresses if it is meant',
  };
}

/** What is allowed but worth a word at the start. */
export function webhookWarnings(
  webhooks: readonly (WebhookSetting | undefined)[],
): readonly string[] {
  const isClear = webhooks.some((setting) => setting?.url.startsWith('http://') === true);
  if (!isClear) return [];
  return ['webhooks are told over http, not https: who logs in when travels in clear'];
}
