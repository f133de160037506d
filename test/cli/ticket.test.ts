import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';
import { nowS, run, type Outcome } from './terminal.ts';

const secret = 'canary-3f9a1c5e7b2d4860';
const app = `1400000000:${secret}`;

/** Tencent's own library, for Node. */
const { Api } = createRequire(import.meta.url)('tls-sig-api-v2') as {
  Api: new (id: number, secret: string) => { genUserSig(user: string, expireS: number): string };
};

async function newTicket(...words: string[]): Promise<string> {
  const { out, code } = await run(['ticket', 'new', '--app', app, '--user', 'alice', ...words]);
  expect(code).toBe(0);
  return out.trim();
}

async function inspect(ticket: string, ...words: string[]): Promise<Outcome & { report: unknown }> {
  const outcome = await run(['ticket', 'inspect', ticket, '--json', ...words]);
  return { ...outcome, report: JSON.parse(outcome.out) as unknown };
}

describe('gatehouse ticket new', () => {
  it('prints the ticket alone, or in JSON', async () => {
    const plain = await newTicket('--expire', '60');
    expect(plain).toMatch(/^eJ[A-Za-z0-9*_-]+$/);
    const { out } = await run([
      'ticket',
      'new',
      '--app',
      app,
      '--user',
      'alice',
      '--expire',
      '60',
      '--json',
    ]);
    expect(JSON.parse(out)).toEqual({ userSig: plain });
  });

  it('takes the app from a file and from the environment', async () => {
    const words = ['ticket', 'new', '--user', 'alice', '--expire', '60'];
    const expected = `${await newTicket('--expire', '60')}\n`;
    const files = { '/run/app': `${app}\n` };
    expect((await run([...words, '--app-file', '/run/app'], { files })).out).toBe(expected);
    expect((await run(words, { env: { GATEHOUSE_APP: app } })).out).toBe(expected);
    expect((await run(words, { env: { GATEHOUSE_APP_FILE: '/run/app' }, files })).out).toBe(
      expected,
    );
  });

  it.each([
    ['no app', ['--user', 'alice'], /needs one app/],
    ['two apps', ['--user', 'alice', '--app', app, '--app', '2:x'], /one app: 2 were given/],
    ['an app that is none', ['--user', 'alice', '--app', secret], /number 1 of 1 is not ID:SECRET/],
    ['--app beside --app-file', ['--user', 'a', '--app', app, '--app-file', '/x'], /given too/],
    ['a key in an unknown flag', ['--user', 'a', `--app1:${secret}`], /unknown option '--app1'/],
    ['a key behind an unknown flag', ['--user', 'a', `--ap=1:${secret}`], /option '--ap'/],
    [
      'a file that is not there',
      ['--user', 'alice', '--app-file', '/none'],
      /\/none cannot be read \(ENOENT\)/,
    ],
    [
      'an app ID above 32 bits',
      ['--user', 'alice', '--app', `9999999999:${secret}`],
      /from 1 to 4294967295/,
    ],
    ['app 0', ['--user', 'alice', '--app', `0:${secret}`], /from 1 to 4294967295/],
    ['the same key twice', ['--user', 'alice', '--app', app, '--app', app], /same key twice/],
    ['no user', ['--app', app], /--user/],
    ['a bad user', ['--app', app, '--user', 'a b'], /1 to 32 letters/],
    [
      'a bad time',
      ['--app', app, '--user', 'alice', '--expire', '4294967296'],
      /seconds, 1 to 4294967295/,
    ],
  ])('refuses %s with code 2 and never repeats the key', async (_what, words, pattern) => {
    const { code, out, err } = await run(['ticket', 'new', ...words]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(pattern);
    expect(err).not.toContain(secret);
  });
});

describe('the app of a ticket command', () => {
  const words = ['ticket', 'new', '--user', 'alice'];

  it('cannot come from a variable and the file of another', async () => {
    const env = { GATEHOUSE_APP: app, GATEHOUSE_APP_FILE: '/run/app' };
    const { code, err } = await run(words, { env, files: { '/run/app': app } });
    expect(code).toBe(2);
    expect(err).toBe('gatehouse: environment GATEHOUSE_APP_FILE: GATEHOUSE_APP is set too\n');
  });

  it('is refused by its line in a file', async () => {
    const files = { '/run/app': `${app}\n\n${secret}\n` };
    const { code, err } = await run([...words, '--app-file', '/run/app'], { files });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'gatehouse: flag --app-file: line 3 is not ID:SECRET\n',
    });
  });

  it('is missing in an empty file', async () => {
    const { code, err } = await run([...words, '--app-file', '/e'], { files: { '/e': '\n' } });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'gatehouse: flag --app-file: there is no app in it\n',
    });
  });
});

describe('gatehouse ticket inspect', () => {
  it('tells all about a valid ticket', async () => {
    const { code, report } = await inspect(await newTicket('--expire', '60'), '--app', app);
    expect(code).toBe(0);
    expect(report).toEqual({
      valid: true,
      signature: 'fits',
      sdkAppId: 1_400_000_000,
      userId: 'alice',
      issuedAt: nowS,
      endsAt: nowS + 60,
      leftS: 60,
    });
  });

  it('reads the ticket from standard input', async () => {
    const ticket = await newTicket();
    const { code, out } = await run(['ticket', 'inspect', '-'], { stdin: `${ticket}\n` });
    expect(code).toBe(3);
    expect(out).toMatch(
      /^valid {6}unknown \(signature not checked\)\nsignature {2}not checked: give .*\napp {8}1400000000 \(claimed\)\nuser {7}alice \(claimed\)\n/,
    );
    expect(out).toContain('left       604800 s');
  });

  it("reads tickets of Tencent's own library", async () => {
    const ticket = new Api(1_400_000_000, secret).genUserSig('bob', 60);
    // Made by the real clock, which is behind that of these commands.
    const { report } = await inspect(ticket, '--app', app);
    expect(report).toMatchObject({
      valid: false,
      code: 70001,
      userId: 'bob',
      signature: 'fits',
    });
  });

  it.each([
    ['damaged', 'eJxxx', 70003],
    ['empty', '', 70002],
  ])('gives the code of a %s ticket and exit code 1', async (_what, ticket, code) => {
    const outcome = await inspect(ticket);
    expect(outcome.code).toBe(1);
    expect(outcome.report).toMatchObject({ valid: false, code, signature: 'not checked' });
  });

  it('takes no word of a ticket for true without a key of its app', async () => {
    const ticket = await newTicket();
    const unknown = { valid: null, signature: 'not checked', userId: 'alice' };
    const bare = await inspect(ticket);
    expect(bare.code).toBe(3);
    expect(bare.report).toMatchObject(unknown);
    const other = await inspect(ticket, '--app', '7:other');
    expect(other.code).toBe(3);
    expect(other.report).toMatchObject({ ...unknown, reason: 'no key given for app 1400000000' });
    const { out } = await run(['ticket', 'inspect', ticket, '--app', '7:other']);
    expect(out).toMatch(/^valid {6}unknown \(no key given for app 1400000000\)\n/);
  });

  it('tells a forged ticket, and that what it says is only claimed', async () => {
    const words = [await newTicket('--expire', '60'), '--app', '1400000000:other'] as const;
    const { code, report } = await inspect(...words);
    expect(code).toBe(1);
    expect(report).toMatchObject({ valid: false, code: 70009, signature: 'does not fit' });
    const { out } = await run(['ticket', 'inspect', ...words]);
    expect(out).toMatch(/^valid {6}no, 70009: .*\nsignature {2}does not fit\n/);
    expect(out).toMatch(/^app .*\(claimed\)\nuser .*\(claimed\)\nissued .*\(claimed\)$/m);
    expect(out).toMatch(/^ends .*\(claimed\)$/m);
  });

  it('claims nothing about a ticket whose signature fits', async () => {
    const { out } = await run(['ticket', 'inspect', await newTicket(), '--app', app]);
    expect(out).toMatch(/^valid {6}yes\nsignature {2}fits\napp {8}1400000000\n/);
    expect(out).not.toContain('claimed');
  });

  it('tells its exit codes in the help', async () => {
    const { out } = await run(['ticket', 'inspect', '--help']);
    expect(out).toMatch(/0 when .*1 when .*3 when /s);
  });

  it('finds a ticket ended at its last second, with a key and without', async () => {
    const ticket = makeUserSig({
      sdkAppId: 1_400_000_000,
      secret,
      userId: 'bob',
      expireS: 60,
      issuedAt: nowS - 60,
    });
    for (const words of [[], ['--app', app], ['--app', '7:other']])
      expect((await inspect(ticket, ...words)).report).toMatchObject({ valid: false, code: 70001 });
  });

  it('finds an ended ticket without a key', async () => {
    const old = new Api(1_400_000_000, secret).genUserSig('bob', 60);
    const { code, report } = await inspect(old);
    expect(code).toBe(1);
    expect(report).toMatchObject({ valid: false, code: 70001, signature: 'not checked' });
  });

  it.each([
    ['app 0', ['--app', `0:${secret}`], /from 1 to 4294967295/],
    ['the same key twice', ['--app', app, '--app', app], /app 1400000000 has the same key twice/],
  ])('refuses %s with code 2 and never repeats the key', async (_what, words, pattern) => {
    const { code, out, err } = await run(['ticket', 'inspect', await newTicket(), ...words]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(pattern);
    expect(err).not.toContain(secret);
  });

  it('never prints a key', async () => {
    const { out, err } = await inspect(await newTicket(), '--app', app);
    expect(out + err).not.toContain(secret);
  });
});
