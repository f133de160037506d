import { answerCodes } from '../../../protocol/codes.ts';
import { restCodes, ticketCodes } from './codes.ts';
import { commands } from './commands.ts';

const zeros = (names: readonly (string | number)[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, 0]));

const allCodes = [
  ...Object.values(restCodes).map(({ code }) => code),
  ...ticketCodes.map((name) => answerCodes[name].code),
];

/** What the REST API of this node has done since its start. */
export class RestCounters {
  /** Calls that were let in, by command. */
  readonly calls = zeros(commands.map(({ path }) => path));
  /** Calls that were refused, for whatever reason, by code. */
  readonly refusals = zeros(allCodes);

  countCall(path: string): void {
    this.calls[path] = (this.calls[path] ?? 0) + 1;
  }

  countRefusal(code: number): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }
}
