/** Milliseconds of the system's monotonic clock, which is the same one in all processes of a machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
