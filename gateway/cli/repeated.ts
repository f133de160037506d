/** Collects the values of a flag that may be repeated; the first comes with nothing before it. */
export function repeated(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
