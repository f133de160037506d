import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../gateway/admin/rest/commands.ts';
import type { Deployment } from '../support/deployment.ts';
import { callAsAdmin, registries, startSite } from './site.ts';

/** What a value is made of: its keys, the shape of the first item of a list, or its kind. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
}

let members = 0;

describe.each(registries)('the examples of docs/rest.md, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry);
  });
  afterAll(() => deployment?.stop());

  it.each(commands)(
    'of $path are served as they say',
    async ({ path, request, response, isPlain }) => {
      const bob = { UserID: 'bob' };
      await callAsAdmin(deployment, deployment.b, 'im_open_login_svc/account_import', bob);
      // A ticket of its own, as one of the commands revokes it.
      const userSig = deployment.ticket('alice', { expireS: 3600 + ++members });
      await deployment.member(deployment.b, 'alice', { userSig });
      const { ActionStatus, ErrorCode, ErrorInfo, ...fields } = await callAsAdmin(
        deployment,
        deployment.a,
        path,
        request,
      );
      const head = isPlain === true ? [undefined, 0, 'OK'] : ['OK', 0, ''];
      expect([ActionStatus, ErrorCode, ErrorInfo]).toEqual(head);
      expect(shapeOf(fields)).toEqual(shapeOf(JSON.parse(response)));
    },
  );
});
