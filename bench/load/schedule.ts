import { SeededRandom } from './random.ts';

/** Operations at a rate that does not heed the answers. */
export interface Rate {
  /** Operations a second, of all generators together. */
  readonly perS: number;
  /** Seconds in which the rate grows evenly from 0. */
  readonly rampS: number;
  readonly seed: number;
  /** Each at the end of its slot, for what may not come close after another, nor after what was before. */
  readonly isEven?: boolean;
}

/**
 * When operation number `i` is due, in milliseconds after the start. Each has a time slot of its own and a random place in
 * it, so that generators do not march in step and the count is the same for every seed.
 */
export function dueMs(rate: Rate, i: number): number {
  const place = i + (rate.isEven === true ? 1 : new SeededRandom(rate.seed + i).next());
  const inRamp = (rate.perS * rate.rampS) / 2;
  const dueS =
    place < inRamp
      ? Math.sqrt((2 * rate.rampS * place) / rate.perS)
      : rate.rampS + (place - inRamp) / rate.perS;
  return dueS * 1000;
}

/** How many operations are due within `durationS`. */
export function operationsWithin(rate: Rate, durationS: number): number {
  const whole = Math.min(durationS, rate.rampS);
  const inRamp = rate.rampS === 0 ? 0 : (rate.perS * whole * whole) / (2 * rate.rampS);
  return Math.floor(inRamp + rate.perS * Math.max(0, durationS - rate.rampS));
}
