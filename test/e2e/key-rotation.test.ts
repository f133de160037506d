import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { app, Deployment, otherApp } from '../support/deployment.ts';

/** Long enough for a node to start on a busy machine. */
const oldKeyLastsS = 8;

it('[TICKET-3] [70016] an old key verifies tickets until its end, and an app without a key none', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'gatehouse.json');
  const endsAtS = Math.floor(Date.now() / 1000) + oldKeyLastsS;
  const newSecret = 'canary-key-that-takes-over';
  const oldKey = { secret: app.secret, endsAt: new Date(endsAtS * 1000).toISOString() };
  const apps = [
    { id: app.sdkAppId, keys: [{ secret: newSecret }, oldKey] },
    { id: otherApp.sdkAppId, keys: [{ secret: otherApp.secret, endsAt: '2020-01-31T12:00:00Z' }] },
  ];
  writeFileSync(file, JSON.stringify({ apps }));
  const deployment = await Deployment.start({ nodes: 1, flags: ['--config', file] });
  onTestFinished(() => deployment.stop());

  const byOldKey = (): string => deployment.ticket('alice');
  const byNewKey = (): string => deployment.ticket('alice', { secret: newSecret });
  const tryLogin = async (userSig: string): Promise<object> => {
    const client = await deployment.connect(deployment.a);
    return client.login(deployment.loginOf('alice', { userSig, instanceId: 'laptop' }));
  };

  const early = await deployment.member(deployment.a, 'bob');
  expect(await tryLogin(byOldKey())).toMatchObject({ name: 'loggedIn' });
  expect(await tryLogin(byNewKey())).toMatchObject({ name: 'loggedIn' });

  await expect
    .poll(() => tryLogin(byOldKey()), { timeout: (oldKeyLastsS + 2) * 1000, interval: 100 })
    .toMatchObject({ name: 'failed', code: 70009 });
  expect(Date.now()).toBeGreaterThan(endsAtS * 1000);
  expect(await tryLogin(byNewKey())).toMatchObject({ name: 'loggedIn' });
  // A session is not ended by the end of the key that let it in; its renewal needs a new one.
  const renew = (userSig: string): Promise<object> =>
    early.client.request({ name: 'renew', userSig });
  expect(await renew(deployment.ticket('bob'))).toMatchObject({ code: 70009 });
  const userSig = deployment.ticket('bob', { secret: newSecret });
  expect(await renew(userSig)).toMatchObject({ name: 'renewed' });

  const client = await deployment.connect(deployment.a);
  const foreign = deployment.ticket('alice', otherApp);
  const login = deployment.loginOf('alice', { userSig: foreign, sdkAppId: otherApp.sdkAppId });
  expect(await client.login(login)).toMatchObject({ name: 'failed', code: 70016 });
});
