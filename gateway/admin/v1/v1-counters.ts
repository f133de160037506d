import { v1Codes } from './codes.ts';
import { routes } from './routes.ts';

const zeros = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, 0]));

/** What /v1 of this node has done since its start. */
export class V1Counters {
  /** Calls with a key that may make them, by route. */
  readonly calls = zeros(routes.map(({ name }) => name));
  /** Calls that were refused, for whatever reason, by code. */
  readonly refusals = zeros(Object.keys(v1Codes));

  countCall(name: string): void {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
  }

  countRefusal(code: string): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }
}
