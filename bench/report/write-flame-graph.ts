import { writeFileSync } from 'node:fs';
import { readCallTree } from '../measure/cpu-profile.ts';
import { flameGraph, type FlameOrder } from './flame-graph.ts';

/** Draws the flame graph of a .cpuprofile into an .svg beside it. */
export function writeFlameGraph(profile: string, order: Omit<FlameOrder, 'calls'>): void {
  const graph = flameGraph({ ...order, calls: readCallTree(profile) });
  writeFileSync(profile.replace(/\.cpuprofile$/, '.svg'), graph);
}
