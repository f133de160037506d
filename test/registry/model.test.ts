import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshUser } from './fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import { MemoryFleet, RedisFleet } from './fleets.ts';
import { livesOf } from './model-commands.ts';
import { beliefs, newModel, toldTo, visibleOf } from './model.ts';

describe.each<[string, Fleet, number]>([
  ['memory', new MemoryFleet(), 300],
  ['Redis', new RedisFleet(), 80],
])('%s registry under a random life', (_name, fleet, numRuns) => {
  const nodes: FleetNode[] = [];
  beforeAll(async () => {
    await fleet.start();
    for (let n = 0; n < 3; n += 1) nodes.push(await fleet.node());
  });
  afterAll(() => fleet.stop());

  // fast-check prints the seed and the path of the shortest failing life: give both to fc.assert to see it again.
  it('agrees with the model after every step, and tells each node neither less nor more', async () => {
    await fc.assert(
      fc.asyncProperty(livesOf(fleet.hasPresence), async (life) => {
        const model = newModel(freshUser(), fleet.hasPresence);
        await fc.asyncModelRun(() => ({ model, real: nodes }), life);
        await vi.waitFor(
          () => {
            const told = nodes.map((node) => toldTo(node, model).toSorted());
            expect(told).toEqual(model.told.map((list) => list.toSorted()));
            // What each watcher believes is what the live sessions make of the user.
            for (const believed of beliefs(model, nodes))
              expect(believed).toEqual(visibleOf(model));
          },
          { timeout: 2000, interval: 1 },
        );
        for (const node of nodes) {
          node.heard.length = 0;
          node.watched.clear();
        }
      }),
      { numRuns, endOnFailure: false },
    );
  });
});
