const form = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * The Unix second of an ISO date (its first second, UTC) or date and time with Z or an offset; undefined for other
 * texts and for moments that do not exist.
 */
export function momentOf(text: string): number | undefined {
  const [, day] = form.exec(text) ?? [];
  if (day === undefined) return undefined;
  // The parser itself takes February 31 for March 3.
  const midnight = new Date(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
  const ms = Date.parse(text);
  return isDay && !Number.isNaN(ms) ? Math.floor(ms / 1000) : undefined;
}
