import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { configKeys } from '../../gateway/config/keys.ts';
import { run } from './terminal.ts';

/** What bash offers behind these words, the last of which is being typed. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const { out } = await run(['completion']);
  const list = ['gatehouse', ...words].map((word) => `'${word}'`).join(' ');
  const { stdout, stderr, status } = spawnSync(
    'bash',
    [
      '-c',
      `${out}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length}; _gatehouse; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((word) => word !== '');
}

describe('the completion of the shell', () => {
  it('offers commands, and those of a group', async () => {
    expect(await offered('')).toEqual(
      expect.arrayContaining(['start', 'ticket', 'sessions', 'drain', 'completion']),
    );
    expect(await offered('un')).toEqual(['unban']);
    expect(await offered('ticket', '')).toEqual(['new', 'inspect', '--help']);
  });

  it('offers the flags of a command, also behind values', async () => {
    expect(await offered('ban', 'alice', '--app', '1', '--f')).toEqual(['--for', '--forever']);
    expect(await offered('ticket', 'new', '--ex')).toEqual(['--expire']);
    const flags = configKeys.flatMap((key) => key.flags);
    expect(await offered('start', '--')).toEqual(expect.arrayContaining(flags));
  });

  it('leaves to the shell what it does not know, such as the names of files', async () => {
    expect(await offered('start', '--config', './pack')).toEqual([]);
    expect((await run(['completion'])).out).toContain('complete -o default');
  });
});
