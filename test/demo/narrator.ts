import type { StepResult, Summary } from './story.ts';

type Tell = (line: StepResult | Summary) => void;

/** Tells a story as JSON, one object a line. */
export function inJson(write: (text: string) => void): Tell {
  return (line) => write(`${JSON.stringify(line)}\n`);
}

/** Tells a story to people, one line a step. */
export function inWords(write: (text: string) => void): Tell {
  return (line) => {
    const verdict = line.ok ? 'ok  ' : 'FAIL';
    const ms = `${Math.round(line.ms)} ms`.padStart(8);
    write(`${verdict} ${ms}  ${'received' in line ? stepText(line) : summaryText(line)}\n`);
  };
}

function stepText({ step, received, problem }: StepResult): string {
  const seen = received.map(asWords).join('; ');
  return `${step}  <-  ${problem === undefined ? seen : `${problem}  (${seen})`}`;
}

function summaryText({ steps, failed }: Summary): string {
  return failed === 0 ? `all ${steps} steps` : `${failed} of ${steps} steps went wrong`;
}

/** What people need not read: it is the same in every line, or the name says it. */
const unsaid = new Set(['name', 'seq', 'message', 'serverTime']);

/** `{ name: 'closed', code: 4500 }` as "closed code=4500". */
function asWords(thing: object): string {
  const fields = Object.entries(thing).filter(([field]) => !unsaid.has(field));
  const words = fields.map(([field, value]) => `${field}=${String(value)}`);
  return ['name' in thing ? String(thing.name) : '', ...words].join(' ').trim();
}
