import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app, Deployment, otherApp } from '../support/deployment.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { callRest, type RestAnswer, type RestCall } from '../support/rest-client.ts';

/** What the suite runs against: two nodes on one Redis, and one node by itself. */
export const registries = ['redis', 'embedded'] as const;

/** One of them. */
export type RegistryKind = (typeof registries)[number];

/** An app without any admin, and one whose only key has ended. */
export const closedApp = {
  sdkAppId: 1_400_000_003,
  secret: 'canary-key-of-the-third-app-00112233',
};
export const endedApp = { sdkAppId: 1_400_000_004, secret: 'canary-key-of-the-fourth-app-3322110' };

/** The admin of every app that names none, and that of the other app. */
export const admin = 'administrator';
export const otherAdmin = 'boss';

const apps = [
  { id: app.sdkAppId, keys: [{ secret: app.secret }] },
  { id: otherApp.sdkAppId, keys: [{ secret: otherApp.secret }], admins: [otherAdmin, 'chief'] },
  { id: closedApp.sdkAppId, keys: [{ secret: closedApp.secret }], admins: [] },
  { id: endedApp.sdkAppId, keys: [{ secret: endedApp.secret, endsAt: '2020-01-01' }] },
];

/** Starts a deployment of these apps; `settings` are further keys of its configuration. */
export function startSite(registry: RegistryKind, settings: object = {}): Promise<Deployment> {
  const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-rest-')), 'config.json');
  writeFileSync(file, JSON.stringify({ apps, presence: { holdS: 0 }, ...settings }));
  return Deployment.start({
    registry,
    flags: ['--config', file, '--log-level', 'trace', '--redis-command-timeout-ms', '500'],
  });
}

/** The query of a call of an admin with a good ticket. */
export function queryOf(deployment: Deployment, change: RestCall['query'] = {}): RestCall['query'] {
  return {
    sdkappid: String(app.sdkAppId),
    identifier: admin,
    usersig: deployment.ticket(admin),
    random: '99999999',
    contenttype: 'json',
    ...change,
  };
}

/** A call of the admin of `app`. */
export function callAsAdmin(
  deployment: Deployment,
  node: GatewayProcess,
  path: string,
  body: unknown,
): Promise<RestAnswer> {
  return callRest(node, { path, body, query: queryOf(deployment) });
}
