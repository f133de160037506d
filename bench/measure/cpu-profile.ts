import { readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';

/** A function and all it called from one place, over a profile. */
export interface Call {
  readonly name: string;
  /** File and line of the function, as V8 names it; empty for what is V8's own. */
  readonly place: string;
  /** CPU time with everything it called, in microseconds. */
  us: number;
  readonly callees: Map<string, Call>;
}

/** What V8 says of a sample in which it ran no JavaScript: it cannot tell waiting from work in the kernel or in native code. */
const notRunning = '(idle)';
/** The bench's own ear in the process, see probe.ts. */
const probe = /\/bench\/measure\/probe\.js$/;

/** The tree of calls that a .cpuprofile has sampled, one call for all that have the same way to them. Waiting is left out, and the probe. */
export function readCallTree(file: string): Call {
  return callTree(JSON.parse(readFileSync(file, 'utf8')) as Profiler.Profile);
}

/** The same for a profile that has been read. */
export function callTree({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Call {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfUs = new Map<number, number>();
  samples.forEach((id, i) => selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[i] ?? 0)));
  const root = callOf('all', '');
  const [first] = nodes;
  if (first !== undefined) addCallees(root, first, { byId, selfUs });
  return root;
}

interface Sampled {
  readonly byId: ReadonlyMap<number, Profiler.ProfileNode>;
  readonly selfUs: ReadonlyMap<number, number>;
}

function addCallees(call: Call, node: Profiler.ProfileNode, sampled: Sampled): number {
  let us = sampled.selfUs.get(node.id) ?? 0;
  for (const id of node.children ?? []) {
    const child = sampled.byId.get(id);
    if (child === undefined || isLeftOut(child)) continue;
    us += addCallees(calleeOf(call, child), child, sampled);
  }
  call.us += us;
  return us;
}

function isLeftOut({ callFrame }: Profiler.ProfileNode): boolean {
  return callFrame.functionName === notRunning || probe.test(callFrame.url);
}

function calleeOf(call: Call, { callFrame }: Profiler.ProfileNode): Call {
  const { functionName, url, lineNumber } = callFrame;
  const place = url === '' ? '' : `${url}:${lineNumber + 1}`;
  const key = `${functionName} ${place}`;
  const known = call.callees.get(key);
  if (known !== undefined) return known;
  const callee = callOf(functionName === '' ? '(anonymous)' : functionName, place);
  call.callees.set(key, callee);
  return callee;
}

function callOf(name: string, place: string): Call {
  return { name, place, us: 0, callees: new Map() };
}
