import * as crypto from 'node:crypto';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppKeys } from '../../gateway/ticket/app-keys.ts';
import { SigningKey } from '../../gateway/ticket/signing-key.ts';
import { makeUserSig, verifyUserSig } from '../../gateway/ticket/user-sig.ts';
import { madeAt, otherSecret, sdkAppId, secret } from './official.ts';

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

const compare = vi.mocked(crypto.timingSafeEqual);

afterEach(() => {
  compare.mockClear();
});

function macOf(key: string, text: string): string {
  return crypto.createHmac('sha256', key).update(text).digest('base64');
}

describe('a signing key', () => {
  it('signs as RFC 4231 says, also with a key longer than a block', () => {
    const cases: readonly [string, string, string][] = [
      [
        'Jefe',
        'what do ya want for nothing?',
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      ],
      [
        '\v'.repeat(20),
        'Hi There',
        'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      ],
    ];
    for (const [key, text, hex] of cases) {
      const mac = Buffer.from(hex, 'hex').toString('base64');
      expect(new SigningKey(key).signs(text, mac)).toBe(true);
    }
  });

  it('agrees with createHmac for any secret and any ticket text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 200 }),
      fc.integer({ min: 200, max: 4352 }).map((length) => 'x'.repeat(length)),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 150, size: 'max' }),
        texts,
        (key, text) => {
          const signing = new SigningKey(key);
          expect(signing.signs(text, macOf(key, text))).toBe(true);
          expect(signing.signs(text, macOf(key, `${text}x`))).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not confused by what an earlier, longer text left behind', () => {
    const key = new SigningKey(secret);
    expect(key.signs('a long text that came first', macOf(secret, 'another'))).toBe(false);
    expect(key.signs('short', macOf(secret, 'short'))).toBe(true);
  });

  it('refuses a text longer than a ticket can hold instead of signing part of it', () => {
    const text = 'x'.repeat(4353);
    expect(new SigningKey(secret).signs(text, macOf(secret, text.slice(0, 4352)))).toBe(false);
  });

  it('compares in constant time: two buffers of 32 bytes, wherever the difference is', () => {
    const key = new SigningKey(secret);
    const good = Buffer.from(macOf(secret, 'text'), 'base64');
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(key.signs('text', bad.toString('base64'))).toBe(false);
    }
    expect(compare).toHaveBeenCalledTimes(32);
    for (const [left, right] of compare.mock.calls) {
      expect([left.byteLength, right.byteLength]).toEqual([32, 32]);
    }
  });
});

describe('[TICKET-1] the constant-time compare', () => {
  const keys = new AppKeys([{ sdkAppId, keys: [{ secret }] }]);
  const order = { sdkAppId, userId: 'alice', expireS: 86_400, issuedAt: madeAt };
  const verify = (key: string) =>
    verifyUserSig(makeUserSig({ ...order, secret: key }), { sdkAppId, userId: 'alice' }, keys, {
      nowS: madeAt,
      toleranceS: 0,
    }).kind;

  it('is what decides: a forged ticket passes only if it says so, a good one fails if it does not', () => {
    expect([verify(secret), verify(otherSecret)]).toEqual(['valid', 'refused']);
    compare.mockReturnValueOnce(true);
    expect(verify(otherSecret)).toBe('valid');
    compare.mockReturnValueOnce(false);
    expect(verify(secret)).toBe('refused');
  });
});
