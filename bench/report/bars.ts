import { colours, escapeHtml } from './chart.ts';
import type { Report } from './report.ts';
import { labelOf, written } from './summary.ts';

const size = { width: 720, row: 34, label: 150, value: 90 } as const;

/** One number of all systems as bars beneath each other, as SVG text; the page around it has the colours. */
export function bars(report: Report, name: string): string {
  const { body, height } = barRows(report, name);
  const title = escapeHtml(labelOf(name).trim());
  return (
    `<figure><figcaption>${title}</figcaption>` +
    `<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${title}">${body}</svg></figure>`
  );
}

/** The bars alone, from 0 downwards, and how high they are together. */
export function barRows(
  { systems }: Report,
  name: string,
): { readonly body: string; readonly height: number } {
  const values = Object.entries(systems).map(
    ([system, { numbers }]) => [system, numbers[name] ?? null] as const,
  );
  const most = Math.max(1e-9, ...values.map(([, value]) => value ?? 0));
  const room = size.width - size.label - size.value;
  const rows = values.map(([system, value], i) => {
    const y = i * size.row;
    const width = (Math.max(0, value ?? 0) / most) * room;
    return (
      `<text x="${size.label - 10}" y="${y + 21}" text-anchor="end">${escapeHtml(system)}</text>` +
      `<rect class="bar c${i % colours}" x="${size.label}" y="${y + 4}" width="${width.toFixed(1)}" height="${size.row - 10}" rx="3"/>` +
      `<text x="${(size.label + width + 8).toFixed(1)}" y="${y + 21}">${written(name, value)}</text>`
    );
  });
  return { body: rows.join(''), height: values.length * size.row };
}
