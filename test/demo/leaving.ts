import type { FrameClient } from '../support/frame-client.ts';
import { Between } from './story.ts';
import { closing, logIn, readiness, registry, renew, type Device, type Scene } from './scene.ts';

const erin: Device = { userId: 'erin', instanceId: 'erin-mac', platform: 'mac' };

/** Settings of the demo's nodes, in seconds. */
export const drainTimes = { readinessDelayS: 1, windowS: 1, reconnectSpreadS: 4 } as const;

/** Node A leaves service and its client goes to node B. */
export async function leaving(scene: Scene): Promise<void> {
  const { story, deployment } = scene;
  const { a, b } = deployment;
  const client = await deployment.connect(a);

  await story.step('on SIGTERM node A says that it is not ready, and still serves', async (see) => {
    see(await logIn(scene, client, erin), { name: 'loggedIn' });
    see(await readiness(a), { status: 200, reasons: '' });
    a.signal('SIGTERM');
    const leavingNode = await untilUnready(scene);
    see(leavingNode, { status: 503, reasons: 'draining: this node leaves service' });
    see(await renew(scene, client, 'erin'), { name: 'renewed' });
  });

  await story.step('its clients are told when to come back, and closed', async (see) => {
    const longestMs = drainTimes.reconnectSpreadS * 1000;
    see(await client.next('goingAway'), { reconnectAfterMs: new Between(0, longestMs) });
    see(await closing(client), { code: 4000 });
  });

  await story.step(
    'node A ends with exit code 0; the session waits for its client',
    async (see) => {
      see({ name: 'exit', code: await a.ended() }, { code: 0 });
      see(await registry(scene, 'erin'), { sessions: 1 });
      see(await connection(scene), { isRefused: true });
    },
  );

  await story.step('its client comes back by itself on node B', async (see) => {
    const again = await deployment.connect(b);
    const reply = await logIn(scene, again, erin, { automatic: true });
    see(reply, { name: 'loggedIn', repeatLogin: false });
  });
}

async function untilUnready({ deployment }: Scene): ReturnType<typeof readiness> {
  for (;;) {
    const answer = await readiness(deployment.a);
    if (answer.status !== 200) return answer;
  }
}

async function connection({
  deployment,
}: Scene): Promise<{ name: 'new connection'; isRefused: boolean }> {
  const client = await deployment
    .connect(deployment.a)
    .catch((): FrameClient | undefined => undefined);
  return { name: 'new connection', isRefused: client === undefined };
}
