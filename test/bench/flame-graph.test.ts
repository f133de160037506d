import type { Profiler } from 'node:inspector';
import { describe, expect, it } from 'vitest';
import { callTree } from '../../bench/measure/cpu-profile.ts';
import { flameGraph } from '../../bench/report/flame-graph.ts';

function node(
  id: number,
  functionName: string,
  url: string,
  children: number[] = [],
): Profiler.ProfileNode {
  const callFrame = { functionName, url, scriptId: '0', lineNumber: 9, columnNumber: 0 };
  return { id, callFrame, hitCount: 0, children };
}

/** 100 us in `login`, 300 in `verify` that it calls, 500 of waiting, 50 of the bench's own probe. */
const profile: Profiler.Profile = {
  nodes: [
    node(1, '(root)', '', [2, 4, 5]),
    node(2, 'login', 'file:///srv/dist/gateway/session/login.js', [3]),
    node(3, 'verify<script>', 'file:///srv/dist/gateway/ticket/user-sig.js'),
    node(4, '(idle)', ''),
    node(5, 'serve', 'file:///srv/dist/bench/measure/probe.js'),
  ],
  startTime: 0,
  endTime: 950,
  samples: [2, 3, 4, 3, 5],
  timeDeltas: [100, 200, 500, 100, 50],
};

describe('the call tree of a CPU profile', () => {
  it('has the time of each call with what it called, without waiting and without the probe', () => {
    const tree = callTree(profile);
    expect(tree.us).toBe(400);
    const [login] = tree.callees.values();
    expect(login).toMatchObject({ name: 'login', us: 400 });
    expect([...(login?.callees.values() ?? [])]).toMatchObject([
      { place: 'file:///srv/dist/gateway/ticket/user-sig.js:10', us: 300 },
    ]);
  });
});

describe('a flame graph', () => {
  const graph = flameGraph({
    title: 'logins',
    calls: callTree(profile),
    operations: 4,
    cpuUs: 1000,
  });

  it('is as wide as the CPU time of the process, and says what V8 has not seen', () => {
    expect(graph).toContain('logins: 250.00 us of CPU each');
    expect(widthOf(graph, 'login (gateway/session/login.js:10): 100.00 us')).toBeCloseTo(480, 0);
    expect(widthOf(graph, 'outside JavaScript: 150.00 us')).toBeCloseTo(720, 0);
  });

  it('puts what was called on top of its caller', () => {
    const [caller, callee] = ['login (', 'verify&lt;script&gt; ('].map((name) =>
      topOf(graph, name),
    );
    expect(callee).toBe(Number(caller) - 18);
  });

  it('names no folder of the machine and no markup of its own making', () => {
    expect(graph).not.toContain('/srv/');
    expect(graph).not.toContain('<script>');
  });
});

function widthOf(graph: string, title: string): number {
  return Number(attributeOf(graph, title, 'width'));
}

function topOf(graph: string, title: string): number {
  return Number(attributeOf(graph, title, 'y'));
}

function attributeOf(graph: string, title: string, name: string): string | undefined {
  const block = graph.slice(graph.indexOf(`<title>${title}`));
  return new RegExp(` ${name}="([^"]+)"`).exec(block)?.[1];
}
