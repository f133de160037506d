import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshUser, hold, loginOf, type Fleet, type FleetNode } from './fleet.ts';

/** What every registry has to tell of the logins and sessions of an app. `node` starts one that tells soon. */
export function describeTraffic<F extends Fleet>(
  name: string,
  fleet: F,
  node: (fleet: F) => Promise<FleetNode> = (ofFleet) => ofFleet.node(),
): void {
  describe(`traffic in the ${name} registry`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await node(fleet);
      b = await node(fleet);
    });
    afterAll(() => fleet.stop());

    /** Of all days: a test may run round midnight. */
    async function trafficOf(sdkAppId: number): Promise<readonly [number, number]> {
      const days = [...(await b.registry.traffic.ofApp(sdkAppId)).values()];
      const logins = days.reduce((sum, day) => sum + day.logins, 0);
      return [logins, Math.max(0, ...days.map((day) => day.peakSessions))];
    }
    const patient = { timeout: 10_000, interval: 20 };

    it('has the logins of all nodes, and the most sessions there were', async () => {
      const sdkAppId = 1_400_000_501;
      expect(await trafficOf(sdkAppId)).toEqual([0, 0]);
      for (const at of [a, a, b]) await hold(at, loginOf({ ...freshUser(), sdkAppId }));
      await expect.poll(() => trafficOf(sdkAppId), patient).toEqual([3, 3]);
      for (const at of [a, b]) {
        for (const session of at.held.values()) await at.registry.logout(session, 'left');
        at.held.clear();
      }
      await hold(b, loginOf({ ...freshUser(), sdkAppId }));
      await expect.poll(() => trafficOf(sdkAppId), patient).toEqual([4, 3]);
    });

    it('is that of one app', async () => {
      const sdkAppId = 1_400_000_502;
      await hold(a, loginOf({ ...freshUser(), sdkAppId }));
      await expect.poll(() => trafficOf(sdkAppId), patient).toEqual([1, 1]);
      expect(await trafficOf(sdkAppId + 1)).toEqual([0, 0]);
    });
  });
}
