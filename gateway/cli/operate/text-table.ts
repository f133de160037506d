/** Controls, invisible and bidirectional marks: on a terminal they do what they like. */
const deceptive = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text that shows what it holds: what is deceptive becomes an escape, as JSON writes it. */
export function printable(text: string): string {
  return text.replace(deceptive, (character) => {
    return Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join('');
  });
}

/** Rows below their titles in columns, for people to read; each line ends. */
export function textTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const safe = [titles, ...rows.map((row) => row.map(printable))];
  const widths = titles.map((_title, at) => Math.max(...safe.map((row) => row[at]?.length ?? 0)));
  return safe
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** A time in Unix seconds as people read it, in UTC. */
export function timeText(unixS: number): string {
  return new Date(unixS * 1000).toISOString().replace('T', ' ').replace('.000Z', 'Z');
}

/** `1 session`, `2 sessions`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
