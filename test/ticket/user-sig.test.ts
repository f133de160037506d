import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerCodes } from '../../protocol/codes.ts';
import { AppKeys } from '../../gateway/ticket/app-keys.ts';
import { inspectUserSig, makeUserSig, verifyUserSig } from '../../gateway/ticket/user-sig.ts';
import {
  goodFields,
  madeAt,
  official,
  otherSecret,
  pack,
  sdkAppId,
  secret,
  sign,
  unpack,
} from './official.ts';

const otherAppId = 1_400_000_001;
const goneAppId = 1_400_000_002;
const keys = new AppKeys([
  { sdkAppId, keys: [{ secret }] },
  { sdkAppId: otherAppId, keys: [{ secret: otherSecret }] },
  { sdkAppId: goneAppId, keys: [{ secret, endsAt: madeAt - 1 }] },
]);
const userIds = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);

function verify(
  userSig: string,
  claim: { sdkAppId?: number; userId?: string } = {},
  nowS = madeAt,
) {
  const whole = { sdkAppId, userId: 'alice', ...claim };
  return verifyUserSig(userSig, whole, keys, { nowS, toleranceS: 30 });
}

/** The code of the answer, or 0. */
function code(...how: Parameters<typeof verify>): number {
  const verdict = verify(...how);
  return verdict.kind === 'valid' ? 0 : answerCodes[verdict.code].code;
}

function make(change: Partial<Parameters<typeof makeUserSig>[0]> = {}): string {
  const order = { sdkAppId, secret, userId: 'alice', expireS: 86_400, issuedAt: madeAt };
  return makeUserSig({ ...order, ...change });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: madeAt * 1000 });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a ticket of Tencent's library", () => {
  it('is equal to ours byte for byte, for any user, lifetime, app and second', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
    const apps = fc.integer({ min: 1, max: 0xffff_ffff });
    fc.assert(
      fc.property(userIds, seconds, apps, seconds, (userId, expireS, app, issuedAt) => {
        vi.setSystemTime(issuedAt * 1000 + 999);
        const ours = makeUserSig({ sdkAppId: app, secret, userId, expireS, issuedAt });
        expect(ours).toBe(official(app).genUserSig(userId, expireS));
      }),
      { numRuns: 300 },
    );
  });

  it('is accepted, whoever it is for', () => {
    fc.assert(
      fc.property(userIds, fc.integer({ min: 1, max: 1e9 }), (userId, expireS) => {
        const userSig = official().genUserSig(userId, expireS);
        const { 'TLS.sig': mac } = JSON.parse(unpack(userSig)) as { readonly 'TLS.sig': string };
        const fingerprint = mac.slice(0, 10);
        expect(verify(userSig, { userId })).toEqual({
          kind: 'valid',
          ticket: { sdkAppId, userId, issuedAt: madeAt, endsAt: madeAt + expireS, fingerprint },
        });
      }),
      { numRuns: 300 },
    );
  });

  it('is accepted with a userbuf, for rooms with numbers and with names', () => {
    const api = official();
    expect(code(api.genPrivateMapKey('alice', 300, 10_000, 255))).toBe(0);
    expect(code(api.genPrivateMapKeyWithStringRoomID('alice', 300, '1000000040', 255))).toBe(0);
  });

  it('is refused with a userbuf that is not the signed one, or without it', () => {
    const signed = JSON.parse(
      unpack(official().genPrivateMapKey('alice', 300, 10_000, 255)),
    ) as Record<string, unknown>;
    const { 'TLS.userbuf': userBuf, ...rest } = signed;
    expect(code(pack(JSON.stringify({ ...rest, 'TLS.userbuf': userBuf })))).toBe(0);
    expect(code(pack(JSON.stringify(rest)))).toBe(70009);
    expect(code(pack(JSON.stringify({ ...rest, 'TLS.userbuf': 'AAAA' })))).toBe(70009);
    expect(code(pack(JSON.stringify({ ...rest, 'TLS.userbuf': '' })))).toBe(70009);
  });

  it('has the signatures that were recorded from it', () => {
    const macOf = (userSig: string) =>
      (JSON.parse(unpack(userSig)) as Record<string, unknown>)['TLS.sig'];
    const macs = [
      macOf(make({ userId: 'xiaojun' })),
      macOf(make({ sdkAppId: 1, secret: '2', userId: '3', expireS: 4 })),
    ];
    expect(macs).toEqual([
      'SNF4FmVCPucoXsBOpbVF3fFCf57JPm0ezZ1jeVILlVc=',
      'f5gSvBYdWRemW5KQRjxvTzWiOlJwFEuyR7UEE4EjP6o=',
    ]);
  });

  it('is accepted as it was recorded, packed by any library', () => {
    const recorded =
      'eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwhWZiflZpXlQqeKU7MSCgswUJStDEwMogMiUZOamKlkZmqOKplYUZBalKllZmJnAhIoz05WslIL93EzccsOcA0qT8yOKnfwLksLcjNPcnNNMzb0Ccg1Sq6IMs1LDPH1ywpJtlWoBGRkxcA__';
    expect(code(recorded, { userId: 'xiaojun' })).toBe(0);
    const json = unpack(recorded);
    // Go stores without compressing, puts a line break after the JSON and orders the keys otherwise.
    expect(code(pack(`${json}\n`, { level: 0 }), { userId: 'xiaojun' })).toBe(0);
    const backwards = Object.fromEntries(Object.entries(JSON.parse(json) as object).toReversed());
    expect(code(pack(JSON.stringify(backwards), { level: 9 }), { userId: 'xiaojun' })).toBe(0);
  });

  it('is accepted with the userbuf that was recorded from the Go library', () => {
    const small = new AppKeys([{ sdkAppId: 1, keys: [{ secret: '2' }] }]);
    const userSig = pack(
      JSON.stringify({
        'TLS.ver': '2.0',
        'TLS.identifier': '3',
        'TLS.sdkappid': 1,
        'TLS.expire': 4,
        'TLS.time': madeAt,
        'TLS.userbuf': 'BQ==',
        'TLS.sig': 'oPo+m5W+tRnZhvOZElDf11AiNuEFHozfLaQszngapso=',
      }),
    );
    const clock = { nowS: madeAt, toleranceS: 0 };
    expect(verifyUserSig(userSig, { sdkAppId: 1, userId: '3' }, small, clock).kind).toBe('valid');
  });

  it('is accepted for users with the names of object properties', () => {
    for (const userId of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
      expect(code(official().genUserSig(userId, 60), { userId })).toBe(0);
      expect(code(official().genUserSig(userId, 60), { userId: 'alice' })).toBe(70013);
    }
  });
});

describe('a UserSig that is not accepted', () => {
  it.each([
    ['70002', 'an empty one', '', {}],
    ['70003', 'a cut off one', make().slice(0, 100), {}],
    ['70003', 'one that is not base64', 'not a ticket', {}],
    ['70003', 'one that is not JSON', pack('TLS.ver=2.0'), {}],
    ['70003', 'one that is too long', 'A'.repeat(1028), {}],
    ['70005', 'one that is null', pack('null'), {}],
    ['70005', 'one that is a list', pack('[]'), {}],
    ['70005', 'one without fields', pack('{}'), {}],
    ['70020', 'one for an app not served here', make(), { sdkAppId: 5 }],
    ['70016', 'one for an app whose keys have ended', make(), { sdkAppId: goneAppId }],
    ['70009', 'one made with another key', make({ secret: otherSecret }), {}],
    ['70009', 'one of an app not served here', make({ sdkAppId: 5, secret: otherSecret }), {}],
    ['70009', 'one of another app, forged', make({ sdkAppId: otherAppId }), {}],
    ['70014', "one of another app, with a key of the claim's", make({ sdkAppId: 5 }), {}],
    [
      '70014',
      'a genuine one of another app',
      make({ sdkAppId: otherAppId, secret: otherSecret }),
      {},
    ],
    ['70013', 'a genuine one of another user', make({ userId: 'bob' }), {}],
    ['70052', 'a genuine one dated ahead', make({ issuedAt: madeAt + 31 }), {}],
    ['70001', 'a genuine one that expired', make({ issuedAt: madeAt - 101, expireS: 100 }), {}],
  ])('[TICKET-1] gets %s: %s', (expected, _, userSig, claim) => {
    expect(code(userSig, claim)).toBe(Number(expected));
  });

  it('[TICKET-1] gets 70009 before any answer about app, user or time when it is forged', () => {
    const wrongs = [
      { userId: 'bob' },
      { issuedAt: madeAt + 1000 },
      { issuedAt: madeAt - 1000, expireS: 1 },
      { sdkAppId: otherAppId },
      { sdkAppId: goneAppId },
    ];
    for (const wrong of wrongs) expect(code(make({ ...wrong, secret: 'forged' }))).toBe(70009);
  });

  it('[TICKET-2] gets the code of the app before that of the user before those of the time', () => {
    const all = { sdkAppId: otherAppId, secret: otherSecret, userId: 'bob', expireS: 0 };
    expect(code(make({ ...all, issuedAt: 5 }))).toBe(70014);
    expect(code(make({ userId: 'bob', expireS: 0, issuedAt: 5 }))).toBe(70013);
  });

  it('is told what is wrong with it, without the ticket or its signature', () => {
    const userSig = make({ userId: 'bob' });
    const verdict = verify(userSig);
    expect(verdict).toMatchObject({ message: 'the UserSig belongs to the UserID bob' });
    expect(verify(make({ issuedAt: madeAt - 50, expireS: 7 }))).toMatchObject({
      message: 'the UserSig expired 43 s ago: get a new one',
    });
    for (const bad of [userSig, `${userSig}A`, userSig.slice(4)]) {
      expect(JSON.stringify(verify(bad))).not.toContain(bad.slice(0, 20));
    }
  });

  it.each([
    ['TLS.ver', [undefined, '1.0', '2.00', 2]],
    ['TLS.identifier', [undefined, '', 'a'.repeat(33), 'a b', 'a\nb', 'ä', 7, null, ['alice']]],
    ['TLS.sdkappid', [undefined, '1400000000', -1, 1.5, 2 ** 32, null, [sdkAppId]]],
    ['TLS.time', [undefined, '1700000000', '16e8', -1, 1.5, 1e21, 2 ** 53, null, true, {}]],
    ['TLS.expire', [undefined, '86400', -86_400, 0.5, 1e21, 2 ** 53, null, [1]]],
    ['TLS.userbuf', ['A', 'AB==', 'AAB=', 'AAAA\nTLS.expire:9', 'A-__', 7, null, {}]],
    ['TLS.sig', [undefined, '', 'AAAA', `${'A'.repeat(42)}B=`, 'A'.repeat(44), 7, null]],
  ])('[TICKET-1] gets 70005 for a wrong %s, signed or not', (name, values) => {
    expect(code(pack(JSON.stringify(sign(goodFields))))).toBe(0);
    for (const value of values) {
      const signed = { ...sign({ ...goodFields, [name]: value }), [name]: value };
      expect(code(pack(JSON.stringify(signed))), JSON.stringify(value)).toBe(70005);
    }
  });
});

describe('the times of a ticket', () => {
  it('[TICKET-2] let it in until the second of its end, that one not included', () => {
    const userSig = make({ expireS: 100 });
    expect(code(userSig, {}, madeAt + 99)).toBe(0);
    expect(code(userSig, {}, madeAt + 100)).toBe(70001);
  });

  it('[TICKET-2] let it in when its maker is ahead by the tolerance at most', () => {
    const userSig = make();
    expect(code(userSig, {}, madeAt - 30)).toBe(0);
    expect(code(userSig, {}, madeAt - 31)).toBe(70052);
  });

  it('are cut at the last second the wire can carry', () => {
    expect(verify(make({ expireS: Number.MAX_SAFE_INTEGER }))).toMatchObject({
      ticket: { endsAt: 0xffff_ffff },
    });
  });
});

describe('making a ticket', () => {
  it.each([
    { userId: '' },
    { userId: 'a b' },
    { userId: 'a'.repeat(33) },
    { sdkAppId: -1 },
    { sdkAppId: 2 ** 32 },
    { expireS: 1.5 },
    { expireS: -1 },
    { issuedAt: Number.NaN },
  ])('throws for what nobody could log in with: %j', (change) => {
    expect(() => make(change)).toThrow(RangeError);
  });
});

describe('inspecting a UserSig', () => {
  it('tells what it says of itself, genuine or not, but not its signature', () => {
    expect(inspectUserSig(make({ secret: 'whoever' }))).toEqual({
      kind: 'read',
      sdkAppId,
      userId: 'alice',
      issuedAt: madeAt,
      expireS: 86_400,
      userBuf: undefined,
    });
    expect(inspectUserSig(official().genPrivateMapKey('xiaojun', 300, 10_000, 255))).toMatchObject({
      userBuf: 'AAAHeGlhb2p1blNyTgAAACcQZVPyLAAAAP8AAAAA',
    });
  });

  it('tells exactly why it cannot be read', () => {
    const message = (userSig: string) => {
      const inspection = inspectUserSig(userSig);
      return inspection.kind === 'refused' ? inspection.message : '';
    };
    expect(message('')).toBe('the UserSig is empty');
    expect(message('A'.repeat(1025))).toBe('the UserSig is longer than 1024 characters');
    expect(message(make().replace('_', '='))).toMatch(/not whole base64 of the letters/);
    expect(message('AAAA')).toBe('the UserSig holds a zlib stream that has no valid header');
    expect(message(pack('{'))).toBe('the UserSig does not unpack to JSON');
    expect(message(pack('7'))).toBe('the UserSig does not unpack to a JSON object');
    expect(message(pack('{"TLS.ver":"2.0","TLS.identifier":"a"}'))).toBe(
      'the UserSig has no TLS.sdkappid that is a uint32',
    );
  });
});
