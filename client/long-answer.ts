import type { ServerFrame } from '../protocol/frames.ts';

/**
 * A part of a long answer (rule PRESENCE-9) behind those before it: lists are joined, the longest delay holds, everything else is the
 * last part's.
 */
export function joined(before: ServerFrame | undefined, part: ServerFrame): ServerFrame {
  if (before === undefined) return part;
  const whole: Record<string, unknown> = { ...part };
  for (const [name, value] of Object.entries(before)) {
    if (Array.isArray(value)) {
      whole[name] = [...(value as unknown[]), ...(whole[name] as unknown[])];
    } else if (name === 'retryAfterMs') {
      whole[name] = Math.max(value as number, whole[name] as number);
    }
  }
  return whole as unknown as ServerFrame;
}
