import { InvalidArgumentError, Option } from 'commander';

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

/** An option that takes a whole number from 1. */
export function countedOption(flags: string, meaning: string, fallback: number): Option {
  return new Option(flags, meaning).argParser(count).default(fallback);
}
