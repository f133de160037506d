import { closing, logIn, registry, renew, type Device, type Scene } from './scene.ts';

const firstPage: Device = { userId: 'alice', instanceId: 'alice-laptop', platform: 'web' };
const secondPage: Device = { userId: 'alice', instanceId: 'alice-desktop', platform: 'web' };
const phone: Device = { userId: 'alice', instanceId: 'alice-phone', platform: 'ios' };
const newPhone: Device = { userId: 'alice', instanceId: 'alice-new-phone', platform: 'android' };

const byPolicy = { name: 'kicked', code: 6208 };

/** Two nodes, one policy: who may stay, who goes, and how they come back. */
export async function kicks(scene: Scene): Promise<void> {
  const { story, deployment } = scene;
  const { a, b } = deployment;

  const onA = await story.step('login on node A', async (see) => {
    const client = await deployment.connect(a);
    see(await logIn(scene, client, firstPage), { name: 'loggedIn', repeatLogin: false });
    return client;
  });

  const phoneOnB = await story.step('another platform on node B coexists', async (see) => {
    const client = await deployment.connect(b);
    see(await logIn(scene, client, phone), { name: 'loggedIn', repeatLogin: false });
    see(await registry(scene, 'alice'), { sessions: 2 });
    see(await renew(scene, onA, 'alice'), { name: 'renewed' });
    return client;
  });

  await story.step(
    'the same platform on node B kicks the one on A, with the reason',
    async (see) => {
      const client = await deployment.connect(b);
      see(await logIn(scene, client, secondPage), { name: 'loggedIn', repeatLogin: false });
      see(await onA.next('kicked'), {
        ...byPolicy,
        kickType: 'multipleAccount',
        byPlatform: 'web',
        byInstanceId: secondPage.instanceId,
      });
    },
  );

  await story.step("the kicked client's socket is closed with a final code", async (see) => {
    see(await closing(onA), { code: 4500 });
    see(await renew(scene, phoneOnB, 'alice'), { name: 'renewed' });
  });

  const newPhoneOnA = await story.step('a phone on A kicks the phone on B', async (see) => {
    const client = await deployment.connect(a);
    see(await logIn(scene, client, newPhone), { name: 'loggedIn' });
    see(await phoneOnB.next('kicked'), {
      ...byPolicy,
      kickType: 'multipleDevice',
      byPlatform: 'android',
      byInstanceId: newPhone.instanceId,
    });
    see(await closing(phoneOnB), { code: 4500 });
    return client;
  });

  await story.step('a kicked instance that returns by itself is told so', async (see) => {
    const client = await deployment.connect(a);
    const reply = await logIn(scene, client, phone, { automatic: true });
    see(reply, { name: 'failed', code: 6208, retryAfterMs: 0 });
    see(await client.next('kicked'), {
      ...byPolicy,
      kickType: 'multipleDevice',
      byPlatform: 'android',
      byInstanceId: newPhone.instanceId,
    });
    see(await closing(client), { code: 4500 });
  });

  const phoneAgain = await story.step('its user logs in again and wins', async (see) => {
    const client = await deployment.connect(b);
    see(await logIn(scene, client, phone), { name: 'loggedIn', repeatLogin: false });
    see(await newPhoneOnA.next('kicked'), { ...byPolicy, byInstanceId: phone.instanceId });
    see(await closing(newPhoneOnA), { code: 4500 });
    return client;
  });

  await story.step('the same instance on another node replaces, without a kick', async (see) => {
    const client = await deployment.connect(a);
    const reply = await logIn(scene, client, phone, { automatic: true });
    see(reply, { name: 'loggedIn', repeatLogin: false });
    see(await closing(phoneAgain), { code: 4501 });
    see({ name: 'before the close', frames: phoneAgain.unread.length }, { frames: 0 });
    see(await registry(scene, 'alice'), { sessions: 2 });
  });
}
