import { otherApp } from '../support/deployment.ts';
import { closing, logIn, registry, renew, type Device, type Scene } from './scene.ts';

const laptop = { instanceId: 'shared-laptop', platform: 'windows' } as const;
const bob: Device = { userId: 'bob', ...laptop };
const carol: Device = { userId: 'carol', ...laptop };

/** One connection, several logins and a logout. */
export async function accounts(scene: Scene): Promise<void> {
  const { story, deployment } = scene;
  const client = await deployment.connect(deployment.a);

  await story.step('a repeated login keeps the session', async (see) => {
    const first = see(await logIn(scene, client, bob), { name: 'loggedIn', repeatLogin: false });
    const { sessionId } = first as { readonly sessionId?: string };
    see(await logIn(scene, client, bob), {
      name: 'loggedIn',
      repeatLogin: true,
      sessionId: String(sessionId),
    });
  });

  await story.step('another account with a bad ticket does not get in', async (see) => {
    const userSig = deployment.ticket('bob');
    see(await logIn(scene, client, carol, { userSig }), { name: 'failed', code: 70013 });
    see(await renew(scene, client, 'bob'), { name: 'renewed' });
  });

  await story.step('another account with a good one does: an account switch', async (see) => {
    see(await logIn(scene, client, carol), { name: 'loggedIn', repeatLogin: false });
    see(await registry(scene, 'bob'), { sessions: 0 });
    see(await registry(scene, 'carol'), { sessions: 1 });
  });

  await story.step('logout', async (see) => {
    see(await client.request({ name: 'logout' }), { name: 'loggedOut' });
    see(await registry(scene, 'carol'), { sessions: 0 });
  });

  await story.step('after it nobody is logged in', async (see) => {
    see(await client.request({ name: 'logout' }), { name: 'failed', code: 6014 });
    see(await renew(scene, client, 'carol'), { name: 'failed', code: 6014 });
  });

  await story.step('the JSON subprotocol speaks too', async (see) => {
    const inJson = await deployment.connect(deployment.b, { encoding: 'json' });
    see(await logIn(scene, inJson, bob), { name: 'loggedIn', repeatLogin: false });
    see(await inJson.request({ name: 'logout' }), { name: 'loggedOut' });
    inJson.close();
  });
}

/** Tickets that must not get anybody in, each with its own code. */
export async function refusals(scene: Scene): Promise<void> {
  const { story, deployment } = scene;
  const client = await deployment.connect(deployment.b);
  const hourAgoS = Math.floor(Date.now() / 1000) - 3600;
  const refused = [
    ['an expired', 70001, deployment.ticket('bob', { issuedAt: hourAgoS, expireS: 60 })],
    ['a forged', 70009, deployment.ticket('bob', { secret: 'somebody-elses-key' })],
    ['a foreign-app', 70014, deployment.ticket('bob', otherApp)],
    ['a wrong-user', 70013, deployment.ticket('carol')],
  ] as const;
  for (const [kind, code, userSig] of refused) {
    await story.step(`${kind} ticket is refused`, async (see) => {
      see(await logIn(scene, client, bob, { userSig }), { name: 'failed', code });
    });
  }

  await story.step('the connection takes a good one after that', async (see) => {
    see(await logIn(scene, client, bob), { name: 'loggedIn', repeatLogin: false });
  });

  await story.step('five bad ones in a row end a connection', async (see) => {
    const [, , userSig] = refused[1];
    const guesser = await deployment.connect(deployment.b);
    for (const code of [70009, 70009, 70009, 70009, 70050]) {
      see(await logIn(scene, guesser, bob, { userSig }), { name: 'failed', code });
    }
    see(await closing(guesser), { code: 4504 });
  });
}
