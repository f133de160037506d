import { describe, expect, it } from 'vitest';
import { AppKeys, type AppSecrets } from '../../gateway/ticket/app-keys.ts';
import { makeUserSig, verifyUserSig } from '../../gateway/ticket/user-sig.ts';
import { madeAt, otherSecret, sdkAppId, secret } from './official.ts';

/** The answer to alice's ticket, made with `key`, at `nowS`. */
function answer(keys: AppKeys, key: string, nowS: number): string {
  const ticket = { sdkAppId, secret: key, userId: 'alice', expireS: 86_400, issuedAt: madeAt };
  const claim = { sdkAppId, userId: 'alice' };
  const verdict = verifyUserSig(makeUserSig(ticket), claim, keys, { nowS, toleranceS: 0 });
  return verdict.kind === 'valid' ? 'valid' : verdict.code;
}

describe('the keys of an app', () => {
  it('[TICKET-3] all verify tickets while a new one takes the place of an old one', () => {
    const keys = new AppKeys([
      { sdkAppId, keys: [{ secret: otherSecret }, { secret, endsAt: madeAt + 100 }] },
    ]);
    expect(answer(keys, otherSecret, madeAt)).toBe('valid');
    expect(answer(keys, secret, madeAt)).toBe('valid');
  });

  it('[TICKET-3] verify until their end date, that second included, and no longer', () => {
    const keys = new AppKeys([
      { sdkAppId, keys: [{ secret, endsAt: madeAt + 100 }, { secret: otherSecret }] },
    ]);
    expect(answer(keys, secret, madeAt + 100)).toBe('valid');
    expect(answer(keys, secret, madeAt + 101)).toBe('ticketForged');
    expect(answer(keys, otherSecret, madeAt + 101)).toBe('valid');
  });

  it('[TICKET-1] answer 70016 when all of them have ended, whatever the ticket', () => {
    const keys = new AppKeys([
      {
        sdkAppId,
        keys: [
          { secret, endsAt: madeAt + 10 },
          { secret: otherSecret, endsAt: madeAt },
        ],
      },
    ]);
    expect(answer(keys, secret, madeAt + 10)).toBe('valid');
    expect(answer(keys, secret, madeAt + 11)).toBe('appKeyNotFound');
    expect(answer(keys, 'some other key', madeAt + 11)).toBe('appKeyNotFound');
  });

  it('belong to their app alone', () => {
    const keys = new AppKeys([
      { sdkAppId, keys: [{ secret }] },
      { sdkAppId: 7, keys: [{ secret: otherSecret }] },
    ]);
    expect(keys.usable(sdkAppId, madeAt)).toHaveLength(1);
    expect(keys.usable(8, madeAt)).toBeUndefined();
    expect(answer(keys, otherSecret, madeAt)).toBe('ticketForged');
  });
});

describe('a configuration that makes no sense', () => {
  const cases: readonly [string, readonly AppSecrets[], RegExp][] = [
    [
      'an app twice',
      [
        { sdkAppId: 7, keys: [{ secret }] },
        { sdkAppId: 7, keys: [{ secret: otherSecret }] },
      ],
      /app 7 is configured twice: put its keys into one entry/,
    ],
    [
      'a key twice',
      [{ sdkAppId: 7, keys: [{ secret }, { secret: otherSecret }, { secret, endsAt: 9 }] }],
      /app 7, key 3: the secret is that of key 1 already/,
    ],
    ['no key', [{ sdkAppId: 7, keys: [] }], /app 7 has no key/],
    ['an empty key', [{ sdkAppId: 7, keys: [{ secret: '' }] }], /app 7, key 1: .* empty/],
    ['an ID of 0', [{ sdkAppId: 0, keys: [{ secret }] }], /0 is no SDKAppID/],
    ['too large an ID', [{ sdkAppId: 2 ** 32, keys: [{ secret }] }], /is no SDKAppID/],
    ['half an ID', [{ sdkAppId: 1.5, keys: [{ secret }] }], /is no SDKAppID/],
    [
      'an end date that is none',
      [{ sdkAppId: 7, keys: [{ secret, endsAt: Number.NaN }] }],
      /app 7, key 1: endsAt/,
    ],
  ];

  it.each(cases)('is refused in words an operator can act on: %s', (_, apps, message) => {
    expect(() => new AppKeys(apps)).toThrow(message);
  });

  it('is refused without quoting a secret', () => {
    for (const [, apps] of cases) {
      expect(() => new AppKeys(apps)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) }) as Error,
      );
    }
  });
});
