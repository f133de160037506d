import { barRows } from './bars.ts';
import { chartSize, escapeHtml, plot, type ChartOrder } from './chart.ts';
import { percentileCurves, percentileTicks } from './percentiles.ts';
import type { Report } from './report.ts';
import { labelOf } from './summary.ts';

/** The colours of the report, for pictures that stand alone: a page shows them in the reader's light or dark. */
const style = `
text { fill: #5c6570; font: 15px system-ui, sans-serif } .title { fill: #1c1f23; font-weight: 600 } .grid { stroke: #d9dee4; fill: none }
.curve { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round } .curve.old { stroke-dasharray: 5 4 } .bar { fill: currentColor }
.c0 { color: #1f6feb } .c1 { color: #d9480f } .c2 { color: #2b8a3e } .c3 { color: #9c36b5 } .c4 { color: #0b7285 } .c5 { color: #a61e4d }
@media (prefers-color-scheme: dark) { text { fill: #9aa4af } .title { fill: #e6e9ec } .grid { stroke: #30363d }
.c0 { color: #6cb0ff } .c1 { color: #ff9b6a } .c2 { color: #69db7c } .c3 { color: #da8ff0 } .c4 { color: #4dd0e1 } .c5 { color: #ff8fab } }`;

const heading = 30;

/** Numbers of several systems as bars, as an SVG file of its own. */
export function barPicture(report: Report, names: readonly string[], title: string): string {
  let y = 0;
  const parts = names.map((name) => {
    const { body, height } = barRows(report, name);
    const group =
      `<g transform="translate(0 ${y})"><text class="title" x="8" y="20">${escapeHtml(labelOf(name).trim())}</text>` +
      `<g transform="translate(0 ${heading})">${body}</g></g>`;
    y += heading + height + 12;
    return group;
  });
  return picture({ title, height: y, body: parts.join('') });
}

/** The latencies of a report by percentile, as an SVG file of its own. */
export function percentilePicture(report: Report, title: string): string {
  const isOne = Object.keys(report.systems).length === 1;
  // Where there are several systems the title says which latency it is.
  const curves = percentileCurves(report, '').map((curve) =>
    isOne ? curve : { ...curve, name: curve.name.replace(/ \S+$/, '') },
  );
  return linePicture({
    title,
    xLabel: 'percentile',
    yLabel: 'ms',
    curves,
    xTicks: percentileTicks,
  });
}

function linePicture(order: ChartOrder): string {
  const { title, yLabel, curves } = order;
  let x = 8 + 9 * (title.length + yLabel.length + 4);
  const keys = curves.map(({ name, colour }, i) => {
    const key =
      `<path class="curve c${colour ?? i}" d="M${x} 15h16"/>` +
      `<text x="${x + 22}" y="20">${escapeHtml(name)}</text>`;
    x += 36 + 9 * name.length;
    return key;
  });
  const head = `<text class="title" x="8" y="20">${escapeHtml(`${title}, ${yLabel}`)}</text>${keys.join('')}`;
  const body = `${head}<g transform="translate(0 ${heading})">${plot(order)}</g>`;
  return picture({ title, height: heading + chartSize.height, body });
}

function picture({
  title,
  height,
  body,
}: {
  readonly title: string;
  readonly height: number;
  readonly body: string;
}): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${chartSize.width} ${height}" role="img" aria-label="${escapeHtml(title)}">` +
    `<style>${style}</style>${body}</svg>\n`
  );
}
