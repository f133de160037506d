import type { Frame } from '../../protocol/frames.ts';
import type { FrameClient } from '../support/frame-client.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { Between } from './story.ts';
import { logIn, type Device, type Scene } from './scene.ts';

const frank: Device = { userId: 'frank', instanceId: 'frank-desktop', platform: 'web' };
const grace: Device = { userId: 'grace', instanceId: 'grace-laptop', platform: 'web' };
const gracePhone: Device = { userId: 'grace', instanceId: 'grace-phone', platform: 'android' };
const heidi: Device = { userId: 'heidi', instanceId: 'heidi-mac', platform: 'mac' };
const ivan: Device = { userId: 'ivan', instanceId: 'ivan-phone', platform: 'ios' };

/** How late what everybody knows may be told: generous, for a machine that has other things to do. */
const promptMs = 1000;
/** The default of presence.holdS. */
const holdMs = 5000;
/** The promise for the end of a node (N5). */
const killedMs = 10_000;
/** Longer than anything here takes. */
const patienceMs = 15_000;

/** What a watcher was told of a user, and how long after its cause. */
interface Told {
  readonly name: 'told';
  readonly userId: string;
  readonly state: string;
  readonly platforms: string;
  readonly customStatus: string;
  readonly afterMs: number;
}

/** Who is told what, and how soon: states, custom status, and what a lost link and a dead node come to. */
export class PresenceChapters {
  /** What is told of the users whom harm was done to, while other chapters are played. */
  #afterHarm: Promise<ReadonlyMap<string, Told>> | undefined;

  /** A watcher on node B, and users who come, say how they are, and leave on node A. Ends with harm. */
  async telling(scene: Scene): Promise<void> {
    const { story, deployment } = scene;
    const watcher = await deployment.connect(deployment.b, { patienceMs });

    await story.step('frank on node B watches three users: nobody is there', async (see) => {
      see(await logIn(scene, watcher, frank), { name: 'loggedIn' });
      const userIds = [grace, heidi, ivan].map(({ userId }) => userId);
      const reply = await watcher.request({ name: 'watch', userIds, sdkAppId: 0 });
      const statuses = reply.name === 'watching' ? reply.statuses : [];
      const states = statuses.map(([userId, state]) => `${userId} ${state}`).join(', ');
      see(
        { name: reply.name, states },
        { name: 'watching', states: 'grace offline, heidi offline, ivan offline' },
      );
    });

    const laptop = await story.step('grace logs in on node A: online', async (see) => {
      const client = await deployment.connect(deployment.a);
      const sinceMs = performance.now();
      await logIn(scene, client, grace);
      const afterMs = new Between(0, promptMs);
      see(await nextTold(watcher, sinceMs), { ...online('grace', 'web'), afterMs });
      return client;
    });

    await story.step('her custom status is told as well', async (see) => {
      const sinceMs = performance.now();
      await laptop.request({ name: 'setStatus', customStatus: 'in a meeting' });
      const expected = { ...online('grace', 'web'), customStatus: 'in a meeting' };
      const afterMs = new Between(0, promptMs);
      see(await nextTold(watcher, sinceMs), { ...expected, afterMs });
    });

    const again = await story.step(
      'a link that is lost and back at once is not seen',
      async (see) => {
        laptop.cut();
        const client = await deployment.connect(deployment.b);
        const reply = await logIn(scene, client, grace, { automatic: true });
        see(reply, { name: 'loggedIn', repeatLogin: false });
        see({ name: 'told meanwhile', frames: watcher.unread.length }, { frames: 0 });
        return client;
      },
    );

    await story.step(
      'she logs out: offline at once, and the custom status is gone',
      async (see) => {
        const sinceMs = performance.now();
        await again.request({ name: 'logout' });
        const afterMs = new Between(0, promptMs);
        see(await nextTold(watcher, sinceMs), { ...offline('grace'), afterMs });
      },
    );

    await this.#harm(scene, watcher);
  }

  /** What became of those to whom harm was done. */
  async afterHarm({ story }: Scene): Promise<void> {
    if (this.#afterHarm === undefined) return;
    const heard = this.#afterHarm;

    await story.step(
      'the phone whose link stays lost is push-online, after the hold',
      async (see) => {
        const afterMs = new Between(holdMs - 100, holdMs + 2 * promptMs);
        see(toldOf(await heard, 'grace'), { state: 'pushOnline', platforms: '', afterMs });
      },
    );

    await story.step(
      "the dead node's users are offline, the one on a phone push-online",
      async (see) => {
        const afterMs = new Between(0, killedMs);
        see(toldOf(await heard, 'heidi'), { ...offline('heidi'), afterMs });
        see(toldOf(await heard, 'ivan'), { state: 'pushOnline', platforms: '', afterMs });
      },
    );
  }

  async #harm(scene: Scene, watcher: FrameClient): Promise<void> {
    const { story, deployment, nodeFlags } = scene;
    await story.step(
      "a phone's link is lost for good; a third node dies with kill -9",
      async (see) => {
        const flags = ['--redis', deployment.redis.url, '--node-name', 'c', ...nodeFlags];
        const third = await GatewayProcess.start({ flags, env: deployment.env });
        const phone = await deployment.connect(deployment.a);
        const comers = [
          [gracePhone, phone],
          [heidi, await deployment.connect(third)],
          [ivan, await deployment.connect(third)],
        ] as const;
        for (const [device, client] of comers) {
          const sinceMs = performance.now();
          await logIn(scene, client, device);
          see(await nextTold(watcher, sinceMs), online(device.userId, device.platform));
        }
        const sinceMs = performance.now();
        this.#afterHarm = toldOfAll(watcher, comers.length, sinceMs);
        // Whoever asks for it gets its error; until then it is nobody's.
        this.#afterHarm.catch(() => undefined);
        phone.cut();
        await third.kill();
        see({ name: 'node c', endedWith: await third.ended() }, { endedWith: 'SIGKILL' });
      },
    );
  }
}

function online(userId: string, platforms: string): Record<string, string> {
  return { userId, state: 'online', platforms };
}

function offline(userId: string): Record<string, string> {
  return { userId, state: 'offline', platforms: '', customStatus: '' };
}

async function nextTold(watcher: FrameClient, sinceMs: number): Promise<Told> {
  const [told] = toldIn(await watcher.next('statusChanged'), sinceMs);
  if (told === undefined) throw new Error('a statusChanged without a status');
  return told;
}

async function toldOfAll(
  watcher: FrameClient,
  count: number,
  sinceMs: number,
): Promise<ReadonlyMap<string, Told>> {
  const heard = new Map<string, Told>();
  while (heard.size < count) {
    const frame = await watcher.next('statusChanged');
    for (const told of toldIn(frame, sinceMs)) heard.set(told.userId, told);
  }
  return heard;
}

function toldOf(heard: ReadonlyMap<string, Told>, userId: string): Told {
  const told = heard.get(userId);
  if (told === undefined) throw new Error(`nothing was told of ${userId}`);
  return told;
}

function toldIn({ statuses }: Frame<'statusChanged'>, sinceMs: number): Told[] {
  const afterMs = Math.round((performance.now() - sinceMs) * 10) / 10;
  return statuses.map(([userId, state, platforms, customStatus]) => ({
    name: 'told',
    userId,
    state,
    platforms: platforms.join(','),
    customStatus,
    afterMs,
  }));
}
