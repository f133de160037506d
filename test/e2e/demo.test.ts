import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Between, Story, StepFailed, type StepResult, type Summary } from '../demo/story.ts';
import { kinds } from '../transport/harness.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Run {
  readonly code: number | null;
  readonly lines: readonly (StepResult | Summary)[];
  readonly stderr: string;
}

/** Runs a command to its end and reads every line of its standard output as JSON. */
async function runJson(program: string, args: readonly string[]): Promise<Run> {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as StepResult | Summary);
  return { code, lines, stderr };
}

/** What the watcher was told, in order. */
function toldIn(lines: Run['lines']): string[] {
  const received = lines.flatMap((line) => ('received' in line ? line.received : []));
  return received.flatMap((thing) => {
    const { name, userId, state, customStatus } = thing as Readonly<Record<string, string>>;
    if (name !== 'told') return [];
    return [`${userId} ${state}${customStatus === '' ? '' : `: ${customStatus}`}`];
  });
}

function isGone(pid: string): boolean {
  const file = `/proc/${pid}/stat`;
  return !existsSync(file) || readFileSync(file, 'utf8').split(') ')[1]?.startsWith('Z') === true;
}

describe('the demo', { timeout: 60_000 }, () => {
  const words = (transport: string): string[] => ['--json', '--transport', transport];
  const commands = {
    uws: [process.execPath, ['dist/test/demo/main.js', ...words('uws')]],
    ws: ['npm', ['run', '--silent', 'demo', '--', ...words('ws')]],
  } as const;

  it.concurrent.each(kinds)(
    'goes as it must on %s, and prints nothing but JSON',
    async (transport) => {
      const [program, args] = commands[transport];
      const { code, lines, stderr } = await runJson(program, args);
      expect(
        lines.filter(({ ok }) => !ok),
        stderr,
      ).toEqual([]);
      expect(lines.at(-1)).toMatchObject({ step: 'summary', ok: true, steps: lines.length - 1 });
      expect(lines.length).toBeGreaterThan(35);
      expect(toldIn(lines)).toEqual([
        'grace online',
        'grace online: in a meeting',
        'grace offline',
        'grace online',
        'heidi online',
        'ivan online',
        'grace pushOnline',
        'heidi offline',
        'ivan pushOnline',
      ]);
      for (const line of lines.slice(0, -1)) {
        expect(line).toMatchObject({
          ok: true,
          received: expect.arrayContaining([expect.anything()]),
        });
        expect(line.ms).toBeTypeOf('number');
      }
      expect(code).toBe(0);
    },
  );

  it('takes its processes along when it is interrupted', async () => {
    const child = spawn(process.execPath, ['dist/test/demo/main.js', '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    const pids = children.trim().split(' ');
    expect(pids.length).toBe(3);
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    for (const pid of pids) await expect.poll(() => isGone(pid)).toBe(true);
  });

  it('explains its options and ends with 2 when it is given others', async () => {
    for (const [args, said] of [
      [['--transport', 'pigeon'], '--transport is one of auto, uws, ws'],
      [['--jsn'], "'--jsn'"],
    ] as const) {
      const { code, lines, stderr } = await runJson(process.execPath, [
        'dist/test/demo/main.js',
        ...args,
      ]);
      expect({ code, lines }).toEqual({ code: 2, lines: [] });
      expect(stderr).toMatch(/^demo: /);
      expect(stderr).toContain(said);
      expect(stderr).toContain('Usage: npm run demo');
    }
  });
});

describe('a story', () => {
  const told: (StepResult | Summary)[] = [];
  const story = new Story((line) => told.push(line));

  it.each([
    ['another value', { code: 1 }, { code: 2 }],
    ['a field that is missing', {}, { code: 2 }],
    ['a number out of bounds', { code: 9 }, { code: new Between(1, 8) }],
    ['text where a number must be', { code: '5' }, { code: new Between(1, 8) }],
  ])('fails its step at %s', async (_, received, expected) => {
    const step = story.step('try', (see) => Promise.resolve(see(received, expected)));
    await expect(step).rejects.toThrow(StepFailed);
    expect(told.at(-1)).toMatchObject({ step: 'try', ok: false, received: [received] });
    expect(told.at(-1)).toHaveProperty('problem', expect.stringContaining('code is'));
  });

  it('fails as a whole with one step', async () => {
    await story.step('good', (see) =>
      Promise.resolve(see({ code: 5 }, { code: new Between(5, 5) })),
    );
    expect(told.at(-1)).toMatchObject({ step: 'good', ok: true });
    expect(story.end()).toBe(false);
    expect(told.at(-1)).toMatchObject({ step: 'summary', ok: false, steps: 5, failed: 4 });
  });
});
