import { describe, expect, it } from 'vitest';
import { devBanner, type DevBanner } from '../../gateway/cli/dev-banner.ts';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';
import { decodeClientFrame } from '../../protocol/codec.ts';

const userSig = makeUserSig({
  sdkAppId: 1_400_000_000,
  secret: 'sample',
  userId: 'alice',
  expireS: 604_800,
  issuedAt: 1_800_000_000,
});

const sample: DevBanner = {
  url: 'ws://127.0.0.1:7600',
  page: 'http://127.0.0.1:7600/',
  adminUrl: 'http://127.0.0.1:7601',
  transport: 'uws',
  sdkAppId: 1_400_000_000,
  userId: 'alice',
  userSig,
  expireS: 604_800,
  isSampleApp: true,
  adminKey: undefined,
};
const text = devBanner(sample);

describe('the text of development mode', () => {
  it('names addresses, transport, app, user and ticket', () => {
    for (const part of [
      'ws://127.0.0.1:7600',
      'http://127.0.0.1:7600/',
      'http://127.0.0.1:7601/readyz',
      'uws',
      '1400000000',
      'alice',
      userSig,
      '7 days',
    ])
      expect(text).toContain(part);
  });

  it('shows the key for /v1 that was made, and none where there are own ones', () => {
    const adminKey = `ghk_${'x'.repeat(43)}`;
    expect(devBanner({ ...sample, adminKey })).toContain(`${adminKey} (until this process ends)`);
    expect(text).not.toContain('admin key');
  });

  it('calls the ticket of the sample app a throw-away, and not that of an own app', () => {
    expect(text).toContain('until this process ends');
    const own = devBanner({ ...sample, isSampleApp: false });
    expect(own).toContain(
      '(signed with your key of app 1400000000: valid 7 days wherever that key is)',
    );
    expect(own).not.toContain('until this process ends');
  });

  it('has lines to paste whose frames log the same user in from two devices', () => {
    const lines = text.split('\n').filter((line) => line.includes('npm run'));
    const frames = lines.map((line) => {
      const [, frame = ''] =
        /^ {2}npm run --silent gatehouse -- connect ws:\/\/127\.0\.0\.1:7600 --frame '([^']+)'$/.exec(
          line,
        ) ?? [];
      return decodeClientFrame(Buffer.from(frame), 'json');
    });
    expect(frames).toMatchObject([
      {
        kind: 'frame',
        frame: {
          name: 'login',
          userId: 'alice',
          userSig,
          instanceId: 'first-device',
          platform: 'web',
        },
      },
      {
        kind: 'frame',
        frame: {
          name: 'login',
          userId: 'alice',
          userSig,
          instanceId: 'second-device',
          platform: 'web',
        },
      },
    ]);
  });
});
