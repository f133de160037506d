import type { Call } from '../measure/cpu-profile.ts';
import { escapeHtml } from './chart.ts';

/** What a flame graph is of. */
export interface FlameOrder {
  readonly title: string;
  readonly calls: Call;
  /** What all of it is divided by, for people: how many logins, say. */
  readonly operations: number;
  /** CPU time of the whole process, in microseconds: what the samples leave of it was spent outside JavaScript. */
  readonly cpuUs: number;
}

interface Block {
  readonly x: number;
  readonly depth: number;
  readonly width: number;
  readonly call: Call;
}

const size = { width: 1200, row: 18, head: 46, foot: 28 } as const;
/** Narrower blocks are seen by nobody and make the file large. */
const leastWidth = 0.6;
const characterWidth = 7.3;

/** Whose code it is; the colour of a block. */
const kinds = [
  ['gateway', /\/(gateway|protocol)\//, '#4c8dff'],
  ['dependencies', /\/node_modules\//, '#f08c3a'],
  ['Node', /^node:/, '#8a94a0'],
] as const;
const native = ['V8 and native code', '#c75a8a'] as const;
const outside = ['outside JavaScript', '#5fae8b'] as const;

/**
 * A flame graph as an SVG file of its own, without a script: the widths are CPU time, what is called stands above its
 * caller, and to the right is what V8 cannot sample: kernel, uWebSockets.js, compiler and collector threads.
 */
export function flameGraph({ title, calls, operations, cpuUs }: FlameOrder): string {
  const allUs = Math.max(cpuUs, calls.us);
  const scale = size.width / Math.max(1, allUs);
  const rest: Call = { name: outside[0], place: '', us: allUs - calls.us, callees: new Map() };
  const sides = [
    ...blocks(calls, { x: 0, depth: 0 }, scale),
    blockOf(rest, calls.us * scale, scale),
  ];
  const deepest = Math.max(...sides.map(({ depth }) => depth));
  const height = size.head + (deepest + 1) * size.row + size.foot;
  const perOperation = (us: number): string => `${(us / Math.max(1, operations)).toFixed(2)} us`;
  const drawn = sides.map((block) => draw(block, height - size.foot, perOperation));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${escapeHtml(title)}">` +
    `<style>text{font:12px ui-monospace,'DejaVu Sans Mono',monospace;fill:#14181d}.head{font:600 15px system-ui,sans-serif}.soft{font:12px system-ui,sans-serif;fill:#5c6570}</style>` +
    `<rect width="${size.width}" height="${height}" fill="#fff"/>` +
    `<text class="head" x="8" y="20">${escapeHtml(`${title}: ${perOperation(allUs)} of CPU each`)}</text>${legend()}` +
    `${drawn.join('')}<text class="soft" x="8" y="${height - 9}">width: CPU time · upwards: what was called · hover for numbers</text></svg>\n`
  );
}

function* blocks(
  call: Call,
  { x, depth }: { readonly x: number; readonly depth: number },
  scale: number,
): Generator<Block> {
  const width = call.us * scale;
  if (width < leastWidth) return;
  yield { x, depth, width, call };
  let at = x;
  const callees = [...call.callees.values()].toSorted((a, b) => b.us - a.us);
  for (const callee of callees) {
    yield* blocks(callee, { x: at, depth: depth + 1 }, scale);
    at += callee.us * scale;
  }
}

function blockOf(call: Call, x: number, scale: number): Block {
  return { x, depth: 0, width: call.us * scale, call };
}

function draw(
  { x, depth, width, call }: Block,
  ground: number,
  say: (us: number) => string,
): string {
  const y = ground - (depth + 1) * size.row;
  const room = Math.floor((width - 6) / characterWidth);
  const label = room < 3 ? '' : call.name.slice(0, room);
  const where = call.place === '' ? '' : ` (${shortPlace(call.place)})`;
  return (
    `<g><title>${escapeHtml(`${call.name}${where}: ${say(call.us)}`)}</title>` +
    `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0, width - 0.4).toFixed(1)}" height="${size.row - 1}" rx="2" fill="${colourOf(call)}"/>` +
    (label === ''
      ? ''
      : `<text x="${(x + 3).toFixed(1)}" y="${y + 13}">${escapeHtml(label)}</text>`) +
    '</g>'
  );
}

function colourOf({ name, place }: Call): string {
  if (name === outside[0]) return outside[1];
  return kinds.find(([, pattern]) => pattern.test(place))?.[2] ?? native[1];
}

/** The end of a path, which says enough and nothing of the machine. */
function shortPlace(place: string): string {
  return place
    .replace(/^.*\/(?=(?:dist|node_modules)\/)/, '')
    .replace(/^(?:dist|node_modules)\//, '');
}

function legend(): string {
  const entries = [...kinds.map(([name, , colour]) => [name, colour] as const), native, outside];
  return entries
    .map(
      ([name, colour], i) =>
        `<rect x="${8 + i * 150}" y="28" width="11" height="11" rx="2" fill="${colour}"/><text class="soft" x="${24 + i * 150}" y="38">${name}</text>`,
    )
    .join('');
}
