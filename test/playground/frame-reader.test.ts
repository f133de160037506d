import { describe, expect, it } from 'vitest';
import { encode } from '../../protocol/codec.ts';
import type { Frame } from '../../protocol/frames.ts';
import { fieldText, readFrame } from '../../playground/frame-reader.ts';

const bytes = (frame: Frame): Uint8Array => Buffer.from(encode(frame, 'msgpack'));
const userSig = 'eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwonJyalFmUmZKZUKxalFxZn5eSAA';
const shown = (frame: Frame): string => {
  const read = readFrame(bytes(frame));
  return read === undefined ? '' : fieldText(read);
};

describe('frames as the playground shows them', () => {
  it('have their name, numbers and fields', () => {
    const frame = readFrame(
      bytes({ name: 'failed', seq: 3, code: 6014, message: 'no user', retryAfterMs: 0 }),
    );
    expect(frame).toMatchObject({ name: 'failed', type: 32, seq: 3 });
    expect(frame && fieldText(frame)).toBe('code 6014, message "no user", retryAfterMs 0');
  });

  it('never show a ticket, in a login or in a renewal', () => {
    const login: Frame = {
      name: 'login',
      seq: 1,
      sdkAppId: 1_400_000_000,
      userId: 'alice',
      userSig,
      instanceId: 'laptop',
      platform: 'web',
      automatic: false,
      client: '',
      afterPush: 0,
    };
    for (const frame of [login, { name: 'renew', seq: 2, userSig } as const]) {
      expect(shown(frame)).toContain(`userSig eJyr… (${userSig.length} characters)`);
      expect(shown(frame)).not.toContain(userSig.slice(0, 8));
    }
  });

  it('keep fields that a newer gateway has appended', () => {
    // A pong, [40, 7], with one field more.
    const frame = readFrame(Uint8Array.of(0x93, 40, 7, 0xc3));
    expect(frame && [frame.name, fieldText(frame)]).toEqual(['pong', '#2 true']);
  });

  it('are told from what is none', () => {
    expect(readFrame(Uint8Array.of(0xc1))).toBeUndefined();
    expect(readFrame(Uint8Array.of(0x01))).toBeUndefined();
    expect(readFrame(Uint8Array.of(0x91, 0x01))).toBeUndefined();
  });
});
