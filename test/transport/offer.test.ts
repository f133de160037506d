import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOffer } from '../../gateway/transport/offer.ts';
import { encode, type Encoding } from '../../protocol/codec.ts';
import {
  handshakeLoginPrefix,
  handshakeSubprotocols,
  offeredLogin,
  offerLogin,
  subprotocols,
} from '../../protocol/handshake.ts';
import { limits } from '../../protocol/limits.ts';

const token = (length: number): string => `${handshakeLoginPrefix}${'A'.repeat(length)}`;

describe('an offer of subprotocols', () => {
  it.each([
    ['gatehouse.v1.json', 'json'],
    ['gatehouse.v1.msgpack', 'msgpack'],
    ['gatehouse.v1.json, gatehouse.v1.msgpack', 'msgpack'],
    ['mqtt ,\tgatehouse.v1.json', 'json'],
    ['', undefined],
    ['gatehouse.v2.json', undefined],
    ['GATEHOUSE.V1.JSON', undefined],
    ['gatehouse.v1.json, gatehouse.v1.json', undefined],
    ['gatehouse.v1.json, a b', undefined],
    ['gatehouse.v1.json,', undefined],
    [`${'a'.repeat(2400)}, gatehouse.v1.json`, undefined],
    ['gatehouse.v1.json+login, gatehouse.v1.json, gatehouse.login.QQ==', undefined],
  ])('[CONN-1] "%s" asks for %s', (offer, encoding) => {
    const read = readOffer(offer);
    expect(read?.encoding).toBe(encoding);
    expect(read?.login).toBeUndefined();
  });

  it.each([
    ['no token', 'gatehouse.v1.msgpack+login, gatehouse.v1.msgpack'],
    ['an empty token', `gatehouse.v1.msgpack+login, gatehouse.v1.msgpack, ${token(0)}`],
    ['two tokens', `gatehouse.v1.msgpack+login, gatehouse.v1.msgpack, ${token(4)}, ${token(8)}`],
    ['a token of no bytes', `gatehouse.v1.msgpack+login, gatehouse.v1.msgpack, ${token(5)}`],
    ['a token of base64', `gatehouse.v1.msgpack+login, gatehouse.v1.msgpack, ${token(3)}+`],
    [
      'a token over the limit',
      `gatehouse.v1.msgpack+login, gatehouse.v1.msgpack, ${token(limits.handshakeLoginLength + 2)}`,
    ],
    ['a token without the name', `gatehouse.v1.msgpack, ${token(4)}`],
    ['the name of no encoding', `gatehouse.v1.cbor+login, gatehouse.v1.msgpack, ${token(4)}`],
  ])('[CONN-11] with %s brings no login', (_, offer) => {
    expect(readOffer(offer)).toEqual({ encoding: 'msgpack', login: undefined });
  });

  it('[CONN-11] may bring a login of the longest length, and of it alone', () => {
    const longest = token(limits.handshakeLoginLength);
    expect(readOffer(`gatehouse.v1.msgpack+login, ${longest}`)).toMatchObject({
      encoding: undefined,
      login: { encoding: 'msgpack' },
    });
  });

  it('[CONN-10] has room for a login with the longest ticket', () => {
    for (const encoding of ['msgpack', 'json'] as const) {
      const bytes = encode(
        {
          name: 'login',
          seq: 4_294_967_295,
          sdkAppId: 4_294_967_295,
          userId: 'u'.repeat(limits.userIdLength),
          userSig: 's'.repeat(limits.userSigLength),
          instanceId: 'i'.repeat(limits.instanceIdLength),
          platform: 'windows',
          automatic: true,
          client: 'c'.repeat(limits.clientLength),
          afterPush: Number.MAX_SAFE_INTEGER,
        },
        encoding,
      );
      const { length } = Buffer.from(bytes).toString('base64url');
      expect(length).toBeLessThanOrEqual(limits.handshakeLoginLength);
    }
  });

  const encodings = fc.constantFrom<Encoding>('msgpack', 'json');
  const order = <T>(names: readonly T[]) => fc.shuffledSubarray([...names], { minLength: 3 });

  it('[CONN-10] brings the bytes of its login, in whatever order and however it is spaced', () => {
    const login = fc.uint8Array({ minLength: 1, maxLength: 1536 });
    const spaces = fc.constantFrom(',', ', ', ' ,\t');
    const offers = fc.tuple(encodings, login, spaces).chain(([encoding, bytes, comma]) => {
      return order(offerLogin(bytes, encoding)).map((list) => ({
        encoding,
        bytes,
        header: list.join(comma),
      }));
    });
    fc.assert(
      fc.property(offers, ({ encoding, bytes, header }) => {
        const read = readOffer(header);
        expect(read).toMatchObject({ encoding, login: { encoding } });
        expect(Uint8Array.from(Buffer.from(read?.login?.token ?? '', 'base64url'))).toEqual(bytes);
      }),
    );
  });

  it('[CONN-10] gives back the login it was made of, to whoever shows what a client sends', () => {
    fc.assert(
      fc.property(encodings, fc.uint8Array({ minLength: 1, maxLength: 64 }), (encoding, bytes) => {
        expect(offeredLogin(offerLogin(bytes, encoding))).toEqual(bytes);
      }),
    );
    expect(offeredLogin(['gatehouse.v1.msgpack'])).toBeUndefined();
    expect(offeredLogin(['gatehouse.login.~'])).toBeUndefined();
  });

  it('[CONN-11] brings a login only where it has one name for it and one token', () => {
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(handshakeSubprotocols), ...Object.values(subprotocols)),
      fc.string({ maxLength: 8 }).map((text) => `${handshakeLoginPrefix}${text}`),
      fc.constantFrom(token(4), token(5), token(8), ', ', ',', ' '),
      fc.string({ maxLength: 8 }),
    );
    const headers = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(', '));
    fc.assert(
      fc.property(headers, (header) => {
        const login = readOffer(header)?.login;
        if (login === undefined) return;
        const names = header.split(',').map((name) => name.trim());
        expect(names).toContain(handshakeSubprotocols[login.encoding]);
        expect(names.filter((name) => name.startsWith(handshakeLoginPrefix))).toEqual([
          `${handshakeLoginPrefix}${login.token}`,
        ]);
        expect(Buffer.from(login.token, 'base64url').length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
