import { describe, expect, it } from 'vitest';
import { Progress } from '../../bench/report/progress.ts';

/** What a progress writes to a terminal of so many columns, or to a file. */
function written(
  columns: number | undefined,
  isQuiet: boolean,
  tell: (it: Progress) => void,
): string {
  const chunks: string[] = [];
  const out = { isTTY: columns !== undefined, columns, write: (text: string) => chunks.push(text) };
  tell(new Progress(isQuiet, out as unknown as NodeJS.WriteStream));
  return chunks.join('');
}

function tellAll(progress: Progress): void {
  progress.show('logs in', '1 of 9');
  progress.show('logs in', '2 of 9');
  progress.show('measures', 'with a detail that is longer than the line');
  progress.clear();
}

describe('progress', () => {
  it('is one line that is rewritten on a terminal, cut to its width, and gone at the end', () => {
    const text = written(24, false, tellAll);
    expect(text).not.toContain('\n');
    const lines = text.split('\r\u001B[K');
    expect(lines).toEqual([
      '',
      'logs in: 1 of 9',
      'logs in: 2 of 9',
      'measures: with a detail',
      '',
    ]);
  });

  it('is a line a stage elsewhere', () => {
    const text = written(undefined, false, tellAll);
    expect(text).toBe('logs in: 1 of 9\nmeasures: with a detail that is longer than the line\n');
  });

  it('is silent when it is told to be', () => {
    expect(written(80, true, tellAll)).toBe('');
  });
});
