import { adminScopes, type AdminScope } from '../../gateway/access/scopes.ts';
import { hashOfAdminKey } from '../../gateway/access/admin-key.ts';
import { pathParameters } from '../../gateway/admin/v1/path-parameters.ts';
import type { Route } from '../../gateway/admin/v1/route.ts';
import { app, type Deployment } from '../support/deployment.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { callV1, type V1Answer, type V1Call } from '../support/v1-client.ts';
import { startSite, type RegistryKind } from '../rest/site.ts';

export { registries } from '../rest/site.ts';

const scopes = Object.keys(adminScopes) as AdminScope[];

/** A key of the tests by its name: as random as it must look. */
function keyCalled(name: string): string {
  return `ghk_${name.padEnd(43, '-canary')}`;
}

/** The key that may do everything, for all apps. */
export const allKey = keyCalled('all');
/** The key that may do everything, for users of the first app. */
export const oneAppKey = keyCalled('one-app');
/** A key that this deployment does not know. */
export const strangeKey = keyCalled('stranger');

/** A key that may do everything but this. */
export function keyWithout(scope: AdminScope): string {
  return keyCalled(nameWithout(scope));
}

const nameWithout = (scope: AdminScope): string => `without-${scope.replace(':', '-')}`;

const entry = (name: string, fields: object): object => ({
  name,
  hash: hashOfAdminKey(keyCalled(name)),
  scopes,
  ...fields,
});

/** Starts a deployment that knows the keys above; `settings` are further keys of its configuration. */
export function startV1Site(registry: RegistryKind, settings: object = {}): Promise<Deployment> {
  const keys = [
    entry('all', {}),
    entry('one-app', { apps: [app.sdkAppId] }),
    ...scopes.map((scope) =>
      entry(nameWithout(scope), { scopes: scopes.filter((other) => other !== scope) }),
    ),
  ];
  return startSite(registry, { admin: { keys }, ...settings });
}

/** The path of a user of the first app. */
export function pathOf(userId: string, rest: string, sdkAppId = app.sdkAppId): string {
  return `/v1/apps/${sdkAppId}/users/${userId}/${rest}`;
}

/** The path of a route with these values in its variable parts, and examples in the others. */
export function filledPath(route: Route, values: Readonly<Record<string, string>> = {}): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_all, name: keyof typeof pathParameters) => {
    const value = values[name] ?? (name === 'sdkAppId' ? String(app.sdkAppId) : undefined);
    return encodeURIComponent(value ?? pathParameters[name].example);
  });
}

/** A call with the key that may do everything. */
export function call(
  node: GatewayProcess,
  method: string,
  path: string,
  body?: unknown,
): Promise<V1Answer> {
  return callV1(node, { method, path, body, key: allKey } satisfies V1Call);
}
