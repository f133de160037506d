import { describe, expect, it } from 'vitest';
import { createLogger, type Logger, type LogSettings } from '../../gateway/observe/logger.ts';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';

const appSecret = 'canary-3f9a1c5e7b2d4860';
const userSig = makeUserSig({
  sdkAppId: 1_400_000_000,
  secret: appSecret,
  userId: 'alice',
  expireS: 60,
  issuedAt: 1_800_000_000,
});

/** Writes with a logger of its own and returns the text. */
function written(
  write: (logger: Logger) => void,
  settings: Partial<LogSettings> = { format: 'json' },
): string {
  let text = '';
  const sink = { write: (line: string) => void (text += line) };
  const secrets = [appSecret, 'short'];
  write(
    createLogger({ level: 'trace', format: 'json', nodeId: 'n-1', secrets, sink, ...settings }),
  );
  return text;
}

/** Everything in which a client or a mistake could carry a secret into a line. */
function leak(logger: Logger): void {
  logger.info({ userSig, secret: appSecret, a: { userSig, b: { secret: appSecret } } }, 'by name');
  logger.info({ text: `ticket ${userSig}`, deep: { er: { than: { that: userSig } } } }, userSig);
  logger.info({ headers: { authorization: 'Bearer abcdef-canary' } }, `key ${appSecret}`);
  logger.warn({ err: new Error(`refused ${userSig} ${appSecret}`) }, 'an error');
  logger.error(
    new Error(`cannot reach redis://admin:p4ss-canary@h:1/2 or rediss://:p4ss-canary@h`),
  );
  logger.error('cannot reach redis://user:a@p4ss-canary@h or redis://:p4/ss-canary@h:1');
  logger.error('cannot reach redis://:p4"ss\\canary@h or redis://h/0?db=1&password=p4ss@canary');
  logger.warn(`a line\n${userSig}`);
  logger.child({ userSig }).debug('a child %s', userSig);
}

describe('the log', () => {
  it('is one JSON object a line with time, level, node and message', () => {
    const text = written((logger) => logger.info({ sdkAppId: 7 }, 'ready'));
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      nodeId: 'n-1',
      sdkAppId: 7,
      msg: 'ready',
    });
  });

  it.each(['json', 'pretty'] as const)(
    'never holds a ticket, a key or a password [%s]',
    (format) => {
      const text = written(leak, { format });
      expect(text).toContain('[hidden]');
      expect(text).toContain('by name');
      expect(text).not.toContain('canary');
      expect(text).not.toContain(userSig.slice(0, 60));
    },
  );

  it('hides tickets of every level of compression', () => {
    const rest = 'A'.repeat(120);
    for (const start of ['eJw', 'eJy', 'eAE', 'eNo', 'eF4'])
      expect(written((logger) => logger.info(`x ${start}${rest}`))).not.toContain(rest);
  });

  it('hides no ordinary text', () => {
    const fields = {
      user: 'eJudge',
      key: 'short',
      url: 'http://h:1/path?q=1',
      sessionId: 'e1-2_3',
      place: 'file:///app/node_modules/@scope/part.js:1:2',
      pair: ['http://h:1', 'a@b.example'],
    };
    expect(JSON.parse(written((logger) => logger.info(fields, 'eJ x')))).toMatchObject(fields);
  });

  it('writes nothing below its level', () => {
    const text = written((logger) => logger.debug('a login'), { level: 'info' });
    expect(text).toBe('');
  });
});

describe('a value from a client', () => {
  const hostile = 'x\n{"level":"error"}\r\u001b[2J\u0000\u007f\u0085\u200b\u202e\u2066\ufeffz';
  const raw =
    // oxlint-disable-next-line no-control-regex -- these are the characters in question
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

  it('stays in its line and keeps its value for a reader of JSON', () => {
    const text = written((logger) => logger.info({ client: hostile, list: [hostile] }, hostile));
    expect(text.split('\n')).toHaveLength(2);
    expect(text).not.toMatch(raw);
    expect(JSON.parse(text)).toMatchObject({ client: hostile, list: [hostile], msg: hostile });
  });

  it('is made visible in pretty lines', () => {
    const text = written((logger) => logger.info({ client: hostile }, hostile), {
      format: 'pretty',
    });
    expect(text).not.toMatch(raw);
    expect(text).toContain('\\u202e');
    expect(text.split('\n').filter((line) => line.startsWith('{"level"'))).toEqual([]);
    expect(text.trim().split('\n')).toHaveLength(2);
  });
});
