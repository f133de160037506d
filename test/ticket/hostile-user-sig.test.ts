import { createHmac } from 'node:crypto';
import { constants } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../protocol/limits.ts';
import { AppKeys } from '../../gateway/ticket/app-keys.ts';
import { inspectUserSig, makeUserSig, verifyUserSig } from '../../gateway/ticket/user-sig.ts';
import {
  goodFields,
  madeAt,
  pack,
  sdkAppId,
  secret,
  sign,
  toBytes,
  toText,
  unpack,
} from './official.ts';

const keys = new AppKeys([{ sdkAppId, keys: [{ secret }] }]);
const clock = { nowS: madeAt, toleranceS: 30 };
const good = makeUserSig({ sdkAppId, secret, userId: 'alice', expireS: 86_400, issuedAt: madeAt });
const { 'TLS.sig': goodMac } = JSON.parse(unpack(good)) as { readonly 'TLS.sig': string };
const ticket = {
  sdkAppId,
  userId: 'alice',
  issuedAt: madeAt,
  endsAt: madeAt + 86_400,
  fingerprint: goodMac.slice(0, 10),
};

function verify(userSig: string, userId = 'alice') {
  return verifyUserSig(userSig, { sdkAppId, userId }, keys, clock);
}

/** Why a text is refused; empty when it is not. */
function reason(userSig: string): string {
  const verdict = verify(userSig);
  return verdict.kind === 'refused' ? `${verdict.code}: ${verdict.message}` : '';
}

describe('the container of a UserSig (S07)', () => {
  it('may not unpack to more than 4 KiB, however small it is', () => {
    for (const size of [4097, 100_000, 700_000]) {
      const bomb = pack(Buffer.alloc(size, 0x20), { level: 9 });
      expect(bomb.length).toBeLessThanOrEqual(1024);
      expect(reason(bomb)).toMatch(/^ticketMalformed: .*unpacks to more than is allowed$/);
    }
  });

  it('may not be longer than 1024 characters, bomb or not', () => {
    expect(reason(pack(Buffer.alloc(12 * 1024 * 1024)))).toMatch(/longer than 1024 characters$/);
    expect(reason(`${good}${'A'.repeat(1024)}`)).toMatch(/longer than 1024 characters$/);
  });

  it('may be as large as the limits say', () => {
    const spaces = ' '.repeat(4096 - unpack(good).length);
    expect(verify(pack(`${spaces}${unpack(good)}`, { level: 9 }))).toEqual({
      kind: 'valid',
      ticket,
    });
  });

  it('must be whole: every shorter text is refused', () => {
    for (let end = 0; end < good.length; end++) {
      expect(reason(good.slice(0, end))).toMatch(/^ticket(Empty|Malformed)/);
    }
    const bytes = toBytes(good);
    for (let end = 0; end < bytes.length; end++) {
      expect(reason(toText(bytes.subarray(0, end)))).toMatch(/^ticket(Empty|Malformed)/);
    }
  });

  it('must have the right checksum', () => {
    for (const back of [1, 2, 3, 4]) {
      const bytes = toBytes(good);
      const at = bytes.length - back;
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      expect(reason(toText(bytes))).toMatch(/has a wrong checksum$/);
    }
  });

  it('may not go on after the stream', () => {
    for (const more of [[0], [0, 0, 0], [...toBytes(good)]]) {
      const bytes = Buffer.concat([toBytes(good), Buffer.from(more)]);
      expect(reason(toText(bytes))).toMatch(/is followed by further bytes$/);
    }
  });

  it('may hold JSON as deep as fits without harm', () => {
    expect(reason(pack('['.repeat(4096)))).toMatch(/^ticketMalformed: .*JSON$/);
    expect(reason(pack('['.repeat(2048) + ']'.repeat(2048)))).toMatch(/^ticketFieldsInvalid/);
  });

  it('is refused or read, but never throws, whatever the text is', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1100, size: 'medium' }),
      fc.stringMatching(/^[A-Za-z0-9*_-]*$/),
      fc.uint8Array({ maxLength: 700, size: 'medium' }).map(toText),
      fc.uint8Array({ maxLength: 700, size: 'medium' }).map((bytes) => pack(bytes)),
      fc.json().map((json) => pack(json)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(verify(text).kind).toBe('refused');
        expect(['read', 'refused']).toContain(inspectUserSig(text).kind);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the text of a UserSig (S08)', () => {
  it('has one spelling: no other alphabet, no junk, no idle bits, no missing padding', () => {
    const padded = [0, 1, 2, 3, 4]
      .map((n) => pack(`${unpack(good)}${' '.repeat(n)}`, { level: 0 }))
      .find((text) => text.endsWith('__'));
    if (padded === undefined) throw new Error('no text with two padding characters');
    expect(verify(padded).kind).toBe('valid');
    const last = padded.at(-3) ?? '';
    const idle = String.fromCharCode(last.charCodeAt(0) + 1);
    const spellings = [
      padded.slice(0, -1),
      padded.slice(0, -2),
      `${padded}____`,
      `${padded.slice(0, -3)}${idle}__`,
      padded.replace('__', '=='),
      padded.replace('__', '_='),
      ` ${padded}`,
      `${padded}\n`,
      `${padded.slice(0, 8)}\r\n${padded.slice(8)}`,
      `${padded.slice(0, 8)}____${padded.slice(8)}`,
      `${padded.slice(0, 8)}\u0100${padded.slice(9)}`,
    ];
    for (const spelling of spellings) expect(reason(spelling)).toMatch(/^ticketMalformed/);
    const special = [...Array(400).keys()]
      .map((i) => makeUserSig({ ...ticket, secret, expireS: i, issuedAt: madeAt }))
      .find((text) => text.includes('*') && text.includes('-'));
    if (special === undefined) throw new Error('no text with both special characters');
    expect(verify(special).kind).toBe('valid');
    expect(reason(special.replaceAll('*', '+'))).toMatch(/^ticketMalformed/);
    expect(reason(special.replaceAll('-', '/'))).toMatch(/^ticketMalformed/);
  });

  it('is made of whole groups of four characters', () => {
    // A decoder that takes the last group from the end would read these two characters twice.
    let overlap = '';
    for (let i = 0; !/(..)\1__$/.test(overlap); i++) overlap = pack(`${i}`);
    expect(reason(overlap)).toMatch(/^ticketFieldsInvalid/);
    expect(reason(overlap.slice(0, -4) + '__')).toMatch(/is not whole base64/);
  });

  it.each(['\u{141}', '\u{e9}', '\u{1f600}', '\u{d800}', '\0'])(
    'is refused with %j anywhere, at the end of the longest text that is looked at too',
    (odd) => {
      for (const length of [64, limits.userSigLength]) {
        for (const at of [0, length / 2, length - odd.length]) {
          const text = 'A'.repeat(at) + odd + 'A'.repeat(length - at - odd.length);
          expect(reason(text)).toMatch(/is not whole base64/);
        }
      }
    },
  );

  it('mutated in any way is refused or is the same ticket', () => {
    const at = fc.nat(good.length);
    const piece = fc.string({
      unit: fc.constantFrom(...'ABab01*-_+/= \n\0'.split('')),
      maxLength: 3,
    });
    const bytes = toBytes(good);
    const mutants = fc.oneof(
      fc.tuple(at, fc.nat(3), piece).map(([i, n, by]) => good.slice(0, i) + by + good.slice(i + n)),
      fc.tuple(at, at).map(([i, n]) => good.slice(0, i) + good.slice(n)),
      fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)).map(([i, value]) => {
        const copy = Buffer.from(bytes);
        copy[i] = value;
        return toText(copy);
      }),
      fc.tuple(fc.nat(unpack(good).length - 1), piece).map(([i, by]) => {
        const json = unpack(good);
        return pack(json.slice(0, i) + by + json.slice(i + by.length));
      }),
    );
    let refusals = 0;
    fc.assert(
      fc.property(mutants, (mutant) => {
        const verdict = verify(mutant);
        if (verdict.kind === 'valid') expect(verdict.ticket).toEqual(ticket);
        else refusals++;
      }),
      { numRuns: 2000 },
    );
    expect(refusals).toBeGreaterThan(1500);
  });

  it('packed otherwise is the same ticket', () => {
    const json = unpack(good);
    const fields = JSON.parse(json) as Record<string, unknown>;
    const others = [
      pack(json, { level: 0 }),
      pack(json, { level: 9 }),
      pack(json, { strategy: constants.Z_HUFFMAN_ONLY }),
      pack(json, { strategy: constants.Z_FIXED }),
      pack(JSON.stringify(fields, null, 2)),
      pack(json.replace('1700000000', '17e8')),
      pack(json.replace('"alice"', String.raw`"\u0061lice"`)),
      pack(JSON.stringify({ ...fields, more: 'ünknown' })),
    ];
    for (const other of others) expect(verify(other)).toEqual({ kind: 'valid', ticket });
  });

  it('with a key of the JSON twice means the last one, signature and all', () => {
    const json = unpack(good);
    const twice = (first: string) => pack(json.replace('{', `{${first},`));
    expect(verify(twice('"TLS.identifier":"bob"'))).toEqual({ kind: 'valid', ticket });
    expect(verify(twice('"TLS.identifier":"bob"'), 'bob').kind).toBe('refused');
    const later = pack(json.replace('}', ',"TLS.identifier":"bob"}'));
    expect(reason(later)).toMatch(/^ticketForged/);
    expect(verify(later, 'bob')).toMatchObject({ code: 'ticketForged' });
  });

  it('cannot bring fields in by way of a prototype', () => {
    const hidden = `{"__proto__":${unpack(good)}}`;
    expect(reason(pack(hidden))).toMatch(/^ticketFieldsInvalid/);
    const beside = unpack(good).replace('{', '{"__proto__":{"TLS.identifier":"bob"},');
    expect(verify(pack(beside))).toEqual({ kind: 'valid', ticket });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('the signed lines (S09)', () => {
  it('cannot be moved by line breaks in a field: one signature never fits a second reading', () => {
    // Signed by the app's server for a strange user name; the attacker reads the lines another way.
    const injected = 'alice\nTLS.sdkappid:1400000000\nTLS.time:1700000000\nTLS.expire:999999999';
    expect(
      reason(pack(JSON.stringify(sign({ ...goodFields, 'TLS.identifier': injected })))),
    ).toMatch(/^ticketFieldsInvalid/);
    const inUserBuf = { ...goodFields, 'TLS.userbuf': 'AAAA\nTLS.expire:999999999' };
    expect(reason(pack(JSON.stringify(sign(inUserBuf))))).toMatch(/^ticketFieldsInvalid/);
  });

  it('take whole numbers only, each with one spelling', () => {
    for (const number of [
      '1e21',
      '"16e8"',
      '1700000000.5',
      '-1',
      '9007199254740993',
      '"1700000000"',
    ]) {
      for (const name of ['TLS.time', 'TLS.expire', 'TLS.sdkappid']) {
        const text = number.replaceAll('"', '');
        const fields = sign({ ...goodFields, [name]: text });
        const json = JSON.stringify(fields).replace(`"${name}":"${text}"`, `"${name}":${number}`);
        expect(json).toContain(`"${name}":${number}`);
        expect(reason(pack(json)), `${name} ${number}`).toMatch(/^ticketFieldsInvalid/);
      }
    }
  });

  it('rebuilt from the values of an accepted ticket give its signature again', () => {
    const odd = fc.oneof(
      fc.constantFrom('alice', 'bob', '', 'a\nb', '__proto__'),
      fc.integer(),
      fc.double(),
      fc.constantFrom(madeAt, sdkAppId, 86_400, 1e21, -0, null, true),
    );
    const fields = fc.record(
      {
        'TLS.identifier': fc.oneof({ weight: 4, arbitrary: fc.constant('alice') }, odd),
        'TLS.sdkappid': fc.oneof({ weight: 4, arbitrary: fc.constant(sdkAppId) }, odd),
        'TLS.time': fc.oneof({ weight: 4, arbitrary: fc.constant(madeAt) }, odd),
        'TLS.expire': fc.oneof({ weight: 4, arbitrary: fc.nat() }, odd),
        'TLS.userbuf': fc.oneof(fc.base64String(), odd),
      },
      { requiredKeys: ['TLS.identifier', 'TLS.sdkappid', 'TLS.time', 'TLS.expire'] },
    );
    let accepted = 0;
    fc.assert(
      fc.property(fields, (made) => {
        const document = sign(made);
        const verdict = verify(pack(JSON.stringify(document)));
        if (verdict.kind !== 'valid') return;
        accepted++;
        const { issuedAt, endsAt } = verdict.ticket;
        const inspection = inspectUserSig(pack(JSON.stringify(document)));
        const userBuf = inspection.kind === 'read' ? inspection.userBuf : undefined;
        const expireS = inspection.kind === 'read' ? inspection.expireS : 0;
        const lines =
          `TLS.identifier:alice\nTLS.sdkappid:${sdkAppId}\nTLS.time:${issuedAt}\nTLS.expire:${expireS}\n` +
          (userBuf === undefined ? '' : `TLS.userbuf:${userBuf}\n`);
        const mac = createHmac('sha256', secret).update(lines).digest('base64');
        expect(mac).toBe(document['TLS.sig']);
        expect(endsAt).toBe(Math.min(issuedAt + expireS, 0xffff_ffff));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
