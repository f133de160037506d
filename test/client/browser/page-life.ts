import { describe } from 'vitest';
import {
  anyLink,
  isBack,
  isIn,
  longerThanAnyWait,
  out,
  stateOf,
  tells,
  told,
  type Placed,
  type StageTest,
} from '../client-stage.ts';
import { ChromiumHost, type ChromiumRoom } from './chromium-host.ts';
import type { HideableTab } from './hideable-tab.ts';

/** No test waits so long: what comes back was woken. */
const patient = { backOffFirstMs: 3_600_000, backOffLongestMs: 3_600_000 };

/** What happens to a page in a browser. Each is done to a real tab. */
const wakes = {
  online: (page) => page.blink(),
  visibilitychange: async (page) => {
    await page.hide();
    await page.show();
  },
  resume: async (page) => {
    await page.freeze();
    await page.thaw();
  },
  // The event alone: a Chromium without windows keeps no pages to go back to.
  pageshow: async ({ tab }) => {
    await tab.evaluate('void dispatchEvent(new Event("pageshow"))');
  },
} as const satisfies Record<string, (page: HideableTab) => Promise<void>>;

/** The id of the instance that the only client of a user has. */
async function instanceOf({ client }: Placed, userID: string): Promise<string | undefined> {
  const { instances } = await client.call('query', [userID], { withInstances: true });
  return instances.length === 1 ? instances[0]?.instanceId : undefined;
}

/** The SDK on a page that is hidden, frozen, woken, loaded anew and copied. */
export function describePageLife(it: StageTest<ChromiumRoom>): void {
  describe('a page', () => {
    it('[CONN-10] logs in within the handshake, without sending a message', async ({
      expect,
      stage,
    }) => {
      const page = await stage.room.hideable();
      await page.tab.evaluate('WebSocket.prototype.send = () => { throw new Error("sent"); }');
      const setUp = { timing: { pingAfterMs: 3_600_000 } };
      const { client } = await stage.member('abo-early', setUp, undefined, page.tab);
      expect(await stateOf(client)).toEqual(isIn('abo-early'));
    });

    it.for(Object.keys(wakes) as (keyof typeof wakes)[])(
      'comes back at once on %s',
      async (name, { expect, stage }) => {
        const page = await stage.room.hideable();
        const userID = `abo-${name}`;
        const { client, proxy } = await stage.member(
          userID,
          { timing: patient },
          undefined,
          page.tab,
        );
        proxy.refuse();
        proxy.reset();
        await tells(client, 'disconnected');
        proxy.heal();
        expect(told(client, 'connecting')).toHaveLength(1);
        await wakes[name](page);
        await isBack(client);
        expect(await stateOf(client)).toEqual(isIn(userID));
      },
    );

    it('looks at its link when it has a network again, and finds it dead', async ({
      expect,
      stage,
    }) => {
      const page = await stage.room.hideable();
      const timing = { pingAfterMs: 3_600_000, pongWithinMs: 3_600_000 };
      const { client, proxy } = await stage.member('bex', { timing }, undefined, page.tab);
      proxy.lose(anyLink);
      await page.blink();
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('bex'));
    });

    it('[CONN-9] that is hidden has slow timers, which are not taken for a dead link', async ({
      expect,
      stage,
    }) => {
      const page = await stage.room.hideable();
      const { client, proxy } = await stage.member('cid', {}, undefined, page.tab);
      await page.hide();
      const tookMs = await page.tab.evaluate(
        `new Promise((resolve) => {
          const beganAtMs = performance.now();
          let left = 5;
          const tick = () => (left-- > 0 ? setTimeout(tick, 100) : resolve(performance.now() - beganAtMs));
          tick();
        })`,
      );
      expect(Number(tookMs)).toBeGreaterThan(2000);
      expect(told(client, 'disconnected')).toEqual([]);
      proxy.lose(anyLink);
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('cid'));
    });

    it('that was frozen is in again by itself', async ({ expect, stage }) => {
      const page = await stage.room.hideable();
      const { client } = await stage.member('dea', {}, undefined, page.tab);
      await page.freeze();
      await longerThanAnyWait();
      await page.thaw();
      // The browser may have closed the link or kept it.
      const query = () => client.call('query', ['dea']).then(() => true);
      await expect.poll(() => query().catch(() => false)).toBe(true);
      expect(await stateOf(client)).toEqual(isIn('dea'));
    });

    it('[KICK-1, KICK-6] whose user logs in elsewhere while it is frozen is told so when it goes on', async ({
      expect,
      stage,
    }) => {
      const page = await stage.room.hideable();
      const { client } = await stage.member('dov', {}, undefined, page.tab);
      await page.freeze();
      const other = await stage.member('dov', {}, stage.deployment.b);
      expect(told(client, 'kickedOffline')).toEqual([]);
      await page.thaw();
      expect(await tells(client, 'kickedOffline')).toMatchObject({ type: 'multipleAccount' });
      expect(await stateOf(client)).toEqual(out);
      expect(await stateOf(other.client)).toEqual(isIn('dov'));
    });

    it('keeps its instanceId when it is loaded anew; a copy of it has another', async ({
      expect,
      stage,
    }) => {
      const node = await stage.node('alone');
      const tab = await stage.room.tab();
      const first = await instanceOf(await stage.member('eda', {}, node, tab), 'eda');
      await tab.reload();
      const again = await stage.member('eda', {}, node, tab);
      expect(await instanceOf(again, 'eda')).toBe(first);
      const copy = await stage.room.copyOf(tab);
      const third = await instanceOf(await stage.member('fin', {}, node, copy), 'fin');
      expect(third).toMatch(/^[0-9a-f]{32}$/);
      expect(third).not.toBe(first);
      expect(told(again.client, 'kickedOffline')).toEqual([]);
    });

    it('may load the modules of the package instead of the single file', async ({
      expect,
      stage,
    }) => {
      const tab = await stage.room.tab(stage.room.pages.url('modules'));
      const { client, proxy } = await stage.member('gia', {}, undefined, tab);
      proxy.reset();
      await isBack(client);
      expect(await stateOf(client)).toEqual(isIn('gia'));
    });

    it('has a policy that is in force, and every violation of it is heard', async ({
      expect,
      stage,
    }) => {
      const tab = await stage.room.tab();
      const markup = tab.evaluate('void (document.createElement("p").innerHTML = "<b>")');
      await expect(markup).rejects.toThrow('TrustedHTML');
      await expect.poll(() => tab.troubles.splice(0).join()).toContain('require-trusted-types-for');
    });

    it('[CONN-3] of an origin that is not on the list is not let in', async ({ expect, stage }) => {
      const node = await stage.node('alone', '--origin', 'https://chat.example');
      const { client } = await stage.place({ timing: { loginWithinMs: 1000 } }, node);
      const login = client.call('login', { userID: 'hed', userSig: stage.ticket('hed') });
      // Browsers do not tell a refusal from a network that fails.
      await expect(login).rejects.toMatchObject({ code: 6200 });
    });
  });

  describe('a device that sleeps', () => {
    it('[CONN-9] is not taken for a dead link: what arrived meanwhile is heard first', async ({
      expect,
      stage,
    }) => {
      // A browser of its own, because all of its pages sleep.
      const host = await ChromiumHost.start();
      try {
        const room = await host.room();
        const node = await stage.node('alone', '--origin', host.origin);
        const timing = { pingAfterMs: 300, pongWithinMs: 3000 };
        const { client, proxy } = await stage.member('ira', { timing }, node, room);
        // By now it has asked for a sign of life, and the answer is under way.
        proxy.stall(anyLink, 'toClient');
        await longerThanAnyWait();
        await host.sleep(5000, () => proxy.heal());
        await client.call('query', ['ira']);
        await longerThanAnyWait();
        expect(told(client, 'disconnected')).toEqual([]);
        await room.close();
      } finally {
        await host.stop();
      }
    });
  });
}
