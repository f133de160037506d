import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeQuestion } from '../../gateway/registry/node-port.ts';
import type { Fleet, FleetNode } from './fleet.ts';

/** What every registry has to promise of the nodes that share it. */
export function describeNodes(name: string, fleet: Fleet): void {
  describe(`${name} nodes`, () => {
    let a: FleetNode;
    let b: FleetNode;
    beforeAll(async () => {
      await fleet.start();
      a = await fleet.node();
      b = await fleet.node();
    });
    afterAll(() => fleet.stop());

    const idsSeenBy = async ({ registry }: FleetNode): Promise<string[]> =>
      (await registry.nodes.all()).map(({ nodeId }) => nodeId).sort();
    const idsOf = (...nodes: FleetNode[]): string[] =>
      nodes.map(({ registry }) => registry.nodeId).sort();
    const ask = ({ registry }: FleetNode, nodeId: string, question: NodeQuestion) =>
      registry.nodes.ask(nodeId, question);
    const links = (...sessionIds: string[]): NodeQuestion => ({ kind: 'links', sessionIds });

    it('are listed by each with what they told and what is left of their leases', async () => {
      for (const node of [a, b]) {
        const nodes = await node.registry.nodes.all();
        expect(nodes.map(({ nodeId }) => nodeId).sort()).toEqual(idsOf(a, b));
        for (const { leaseLeftMs, load } of nodes) {
          expect(leaseLeftMs).toBeGreaterThan(0);
          expect(load).toEqual({
            version: '1.2.3',
            transport: 'uws',
            startedAt: 1_700_000_000,
            isDraining: false,
            sessions: 0,
            connections: 0,
            loopDelayMs: 0.5,
          });
        }
      }
    });

    it('are listed no more when they have stopped', async () => {
      const c = await fleet.node();
      expect(await idsSeenBy(a)).toEqual(idsOf(a, b, c));
      await c.registry.stop();
      expect(await idsSeenBy(a)).toEqual(idsOf(a, b));
    });

    it('answer one another, and themselves', async () => {
      for (const [from, to] of [
        [a, b],
        [b, a],
        [a, a],
      ] as const) {
        const address = to.registry.nodeId;
        const answer = { kind: 'links', links: [{ sessionId: 's1', state: 'online', address }] };
        expect(await ask(from, address, links('s1'))).toEqual(answer);
        expect(to.asked.at(-1)).toEqual(links('s1'));
      }
    });

    it('take no answer for that of another question', async () => {
      const names = Array.from({ length: 50 }, (_, i) => `s${i}`);
      const answers = await Promise.all(
        names.map((sessionId) => ask(a, b.registry.nodeId, links(sessionId))),
      );
      const answered = answers.map(
        (answer) => answer?.kind === 'links' && answer.links[0]?.sessionId,
      );
      expect(answered).toEqual(names);
    });

    it('that are not there, or do not understand, give no answer', async () => {
      expect(await ask(a, 'nobody', links('s1'))).toBeUndefined();
      const question = { kind: 'dance' } as unknown as NodeQuestion;
      expect(await ask(a, b.registry.nodeId, question)).toBeUndefined();
      expect(b.asked.at(-1)).toEqual(question);
    });
  });
}
