import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../gateway/registry/events.ts';
import { messageOf } from '../../gateway/webhook/message.ts';

const facts = {
  sdkAppId: 1400000001,
  userId: 'alice',
  instanceId: 'phone-1',
  sessionId: 's-1',
  platform: 'ios',
  nodeId: 'a-1',
  version: 1_700_000_000_002,
  previous: 1_700_000_000_001,
  atMs: 1_700_000_000_000,
} as const;

const bodyOf = (event: SessionEvent): unknown => JSON.parse(messageOf(event).body);

describe('message of an event', () => {
  it("has Tencent's shape for a login, with the devices it kicked", () => {
    const event: SessionEvent = {
      ...facts,
      kind: 'login',
      isRestored: false,
      kickedPlatforms: ['windows', 'android'],
    };
    expect(messageOf(event)).toMatchObject({
      id: 'evt_1400000001_alice_1700000000002',
      command: 'State.StateChange',
      optPlatform: 'IOS',
    });
    expect(bodyOf(event)).toEqual({
      CallbackCommand: 'State.StateChange',
      EventTime: 1_700_000_000_000,
      Info: { Action: 'Login', To_Account: 'alice', Reason: 'Register' },
      KickedDevice: [{ Platform: 'Windows' }, { Platform: 'Android' }],
      Gatehouse: {
        Id: 'evt_1400000001_alice_1700000000002',
        Event: 'login',
        Version: 1_700_000_000_002,
        PreviousVersion: 1_700_000_000_001,
        InstanceId: 'phone-1',
        SessionId: 's-1',
        Platform: 'ios',
        Node: 'a-1',
      },
    });
  });

  it('names no devices where a login kicked none, and says when nobody logged in', () => {
    const login = { ...facts, kind: 'login', kickedPlatforms: [] } as const;
    expect(bodyOf({ ...login, isRestored: false })).not.toHaveProperty('KickedDevice');
    expect(bodyOf({ ...login, isRestored: false })).not.toHaveProperty('Gatehouse.Restored');
    expect(bodyOf({ ...login, isRestored: true })).toHaveProperty('Gatehouse.Restored', true);
  });

  it.each([
    ['logout', 'State.StateChange', 'Logout', 'Unregister'],
    ['linkClosed', 'State.StateChange', 'Disconnect', 'LinkClose'],
    ['timedOut', 'State.StateChange', 'Disconnect', 'TimeOut'],
    ['expired', 'Gatehouse.Expired', 'Expired', ''],
  ] as const)('says %s as %s %s/%s', (kind, command, action, reason) => {
    const event: SessionEvent = { ...facts, kind };
    expect(messageOf(event).command).toBe(command);
    expect(bodyOf(event)).toMatchObject({
      CallbackCommand: command,
      Info: { Action: action, To_Account: 'alice', Reason: reason },
    });
  });

  it('says who kicked, and that a back end did', () => {
    const kicked = {
      ...facts,
      kind: 'kicked',
      kickType: 'multipleDevice',
      byPlatform: 'mac',
      byInstanceId: 'mac-1',
    } as const;
    expect(bodyOf(kicked)).toMatchObject({
      CallbackCommand: 'Gatehouse.Kicked',
      Info: { Action: 'Kicked', Reason: 'multipleDevice' },
      Gatehouse: { ByPlatform: 'mac', ByInstanceId: 'mac-1' },
    });
    expect(messageOf(kicked).optPlatform).toBe('IOS');
    const nobody = { byPlatform: '', byInstanceId: '' } as const;
    const banned: SessionEvent = { ...facts, kind: 'banned', kickType: 'banned', ...nobody };
    const revoked: SessionEvent = { ...facts, kind: 'revoked', kickType: 'REST', ...nobody };
    for (const event of [banned, revoked]) expect(messageOf(event).optPlatform).toBe('RESTAPI');
    expect(bodyOf(revoked)).toMatchObject({ Info: { Action: 'Revoked', Reason: 'REST' } });
  });

  it('carries a custom status', () => {
    const event: SessionEvent = { ...facts, kind: 'customStatus', customStatus: '"busy" ä' };
    expect(bodyOf(event)).toMatchObject({
      CallbackCommand: 'Gatehouse.CustomStatus',
      Gatehouse: { CustomStatus: '"busy" ä' },
    });
  });
});
