/** One curve; null breaks it. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number | null])[];
  /** Which of the colours; without a word its place among the curves. */
  readonly colour?: number;
  /** Of something older, to compare with. */
  readonly isDashed?: boolean;
}

/** A tick of an axis: where, and what is written there. */
export type Tick = readonly [at: number, label: string];

export interface ChartOrder {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly Curve[];
  /** Where round numbers are not what is wanted. */
  readonly xTicks?: readonly Tick[];
}

/** The size of a chart without its heading, in the units of the picture. */
export const chartSize = { width: 720, height: 280 } as const;
const inner = { left: 64, right: 688, top: 12, bottom: 236 } as const;
const wantedTicks = 6;
/** How many colours there are: classes c0 to c5 of the page. */
export const colours = 6;

/** A line chart as SVG text, without a script; its colours are classes (c0 ... c5) of the page around it. */
export function chart(order: ChartOrder): string {
  const title = escapeHtml(order.title);
  return (
    `<figure><figcaption>${title} <small>${escapeHtml(order.yLabel)}</small>${legend(order.curves)}</figcaption>` +
    `<svg viewBox="0 0 ${chartSize.width} ${chartSize.height}" role="img" aria-label="${title}">${plot(order)}</svg></figure>`
  );
}

/** Axes and curves of a chart, without its heading. */
export function plot({ xLabel, curves, xTicks }: ChartOrder): string {
  const drawn = curves.map((curve) => ({ ...curve, points: thinned(curve.points) }));
  const points = drawn.flatMap((curve) => curve.points);
  const mostX = Math.max(1e-9, ...points.map(([x]) => x), ...(xTicks ?? []).map(([at]) => at));
  const mostY = Math.max(1e-9, ...points.map(([, y]) => y ?? 0)) * 1.05;
  const x = (value: number): number => inner.left + (value / mostX) * (inner.right - inner.left);
  const y = (value: number): number => inner.bottom - (value / mostY) * (inner.bottom - inner.top);
  const parts = [
    ...roundTicks(mostY).map(([at, label]) => horizontal(y(at), label)),
    ...(xTicks ?? roundTicks(mostX)).map(([at, label]) => vertical(x(at), label)),
    ...drawn.map((curve, i) => path(curve, (curve.colour ?? i) % colours, x, y)),
    words((inner.left + inner.right) / 2, chartSize.height - 8, xLabel, 'middle'),
  ];
  return parts.join('');
}

/** Text that may stand in HTML and in an attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function legend(curves: readonly Curve[]): string {
  return curves
    .map(
      ({ name, isDashed, colour }, i) =>
        `<span class="key c${(colour ?? i) % colours}${isDashed === true ? ' old' : ''}">${escapeHtml(name)}</span>`,
    )
    .join('');
}

/** More points than pixels make a file large and no picture better; the highest of each group stays. */
function thinned(points: Curve['points']): Curve['points'] {
  const most = inner.right - inner.left;
  const group = Math.ceil(points.length / most);
  if (group <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / group) }, (_, i) =>
    points
      .slice(i * group, (i + 1) * group)
      .reduce((high, point) => ((point[1] ?? -1) > (high[1] ?? -1) ? point : high)),
  );
}

function path(
  { points, isDashed }: Curve,
  colour: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  let isBroken = true;
  const steps = points.map(([at, value]) => {
    if (value === null) {
      isBroken = true;
      return '';
    }
    const step = `${isBroken ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    isBroken = false;
    return step;
  });
  return `<path class="curve c${colour}${isDashed === true ? ' old' : ''}" d="${steps.join('')}"/>`;
}

function horizontal(at: number, label: string): string {
  return `<path class="grid" d="M${inner.left} ${at.toFixed(1)}H${inner.right}"/>${words(inner.left - 8, at + 4, label, 'end')}`;
}

function vertical(at: number, label: string): string {
  return `<path class="grid" d="M${at.toFixed(1)} ${inner.top}V${inner.bottom}"/>${words(at, inner.bottom + 18, label, 'middle')}`;
}

function words(x: number, y: number, said: string, anchor: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escapeHtml(said)}</text>`;
}

/** From 0 up in steps of 1, 2 or 5 times a power of ten. */
function roundTicks(most: number): Tick[] {
  const rough = most / wantedTicks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((it) => it * power >= rough) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => [
    i * step,
    (i * step).toLocaleString('en', { maximumFractionDigits: digits }),
  ]);
}
