import { InvalidArgumentError, Option } from 'commander';

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
    return value;
  };
}

/** An option that takes a whole number from 1. */
export function countedOption(
  flags: string,
  meaning: string,
  fallback: number | undefined,
): Option {
  return new Option(flags, meaning).argParser(whole(1)).default(fallback);
}

/** An option that takes a whole number from 0. */
export function wholeOption(flags: string, meaning: string, fallback: number | undefined): Option {
  return new Option(flags, meaning).argParser(whole(0)).default(fallback);
}

/** An option that takes a number above 0. */
export function positiveOption(
  flags: string,
  meaning: string,
  fallback: number | undefined,
): Option {
  return new Option(flags, meaning)
    .argParser((text) => {
      const value = Number(text);
      if (!Number.isFinite(value) || value <= 0)
        throw new InvalidArgumentError('It must be a number above 0.');
      return value;
    })
    .default(fallback);
}
