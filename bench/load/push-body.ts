/** What a push of the bench carries. */
export interface PushMark {
  /** Each push of a run has its own. */
  readonly number: number;
  /** When it should have been sent, in ms of `monotonicMs`. */
  readonly dueMs: number;
}

const mark = /^push (\d+) due (\d+(?:\.\d+)?) x*$/;
/** A body without room to spare: the number has 7 digits at most, the time 16. */
export const leastPushBytes = 40;

/** The body of a push, filled up to so many bytes. */
export function pushBody({ number, dueMs }: PushMark, bytes: number): string {
  return `push ${number} due ${dueMs.toFixed(3)} `.padEnd(bytes, 'x');
}

/** What such a body says; undefined for one that is another's. */
export function readPushBody(body: string): PushMark | undefined {
  const [, number, dueMs] = mark.exec(body) ?? [];
  return number === undefined ? undefined : { number: Number(number), dueMs: Number(dueMs) };
}
