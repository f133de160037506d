import type { GivenSettings } from './scenario.ts';

/** What `million` does where nothing is said. */
export const millionDefaults = { sample: 1000, watchers: 60, keepFree: 2048, rate: 100 } as const;

/** Users that a watcher names in one frame. */
const mostWatched = 100;

type SizeSettings = Pick<GivenSettings, 'connections' | 'sample' | 'watchers'>;

/** How many of each kind there are. */
export interface MillionSizes {
  readonly phones: number;
  readonly desks: number;
  /** Users whose phone is kicked. */
  readonly sample: number;
  readonly watchers: number;
}

export function sizesOf({ connections, sample, watchers }: SizeSettings): MillionSizes {
  const phones = Math.ceil(connections / 2);
  return {
    phones,
    desks: connections - phones,
    sample: Math.min(sample ?? millionDefaults.sample, phones),
    watchers: watchers ?? millionDefaults.watchers,
  };
}

/** Those who watch and who are watched, as many at each generator: each watcher watches all others of her generator. */
export interface Crowd {
  readonly watchers: number;
  readonly rovers: number;
  /** Each rover comes, and goes. */
  readonly changesTold: number;
}

export function crowdOf(settings: SizeSettings, generators: number): Crowd {
  const { sample, watchers } = sizesOf(settings);
  const rovers = Math.min(mostWatched, Math.ceil(sample / generators));
  const watching = Math.ceil(watchers / generators);
  return {
    watchers: watching * generators,
    rovers: rovers * generators,
    changesTold: 2 * rovers * watching * generators,
  };
}
