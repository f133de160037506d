import { afterEach, describe, expect, it, vi } from 'vitest';
import { longerThanAnyWait, tells, told } from './client-stage.ts';
import type { Visit } from './scripted-gateway.ts';
import { ScriptedStage } from './scripted-stage.ts';

const stage = ScriptedStage.use();
const hourMs = 3_600_000;

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Admits everybody, and does something more at the first visit. */
function atFirst(more: (visit: Visit) => void): void {
  stage.gateway.script = (visit) => {
    visit.admit();
    if (visit.number === 1) more(visit);
  };
}

describe('a client whose gateway misbehaves', () => {
  it.each([4000, 4003, 4321, 1006, 1001, 1011])(
    '[CLOSE-1, CLOSE-4] comes back after close %i, with `automatic` set',
    async (code) => {
      atFirst((visit) => (code === 1006 ? visit.sendRaw(Uint8Array.of(0xc1)) : visit.close(code)));
      const client = await stage.member();
      await tells(client, 'connected', 2);
      expect(stage.gateway.visits.map(({ login }) => login.automatic)).toEqual([false, true]);
    },
  );

  it.each([
    [4501, 'replaced'],
    [4502, 'expired'],
    [4503, 'refused'],
    [4504, 'refused'],
    [4505, 'refused'],
    [4777, 'refused'],
    [4999, 'refused'],
  ])('[CLOSE-1] stays away after close %i: %s', async (code, reason) => {
    atFirst((visit) => visit.close(code));
    const client = await stage.member();
    await expect
      .poll(() => told(client, 'loginStatusChanged').at(-1))
      .toMatchObject({ status: 'loggedOut', reason, error: { code } });
    expect(await tells(client, 'disconnected')).toMatchObject({ closeCode: code, retryInMs: null });
    await longerThanAnyWait();
    expect(stage.gateway.visits).toHaveLength(1);
  });

  it.each([4501, 4503, 4777])(
    '[CLOSE-1] stays away after close %i, which comes instead of the answer to a login',
    async (code) => {
      stage.gateway.script = (visit) => visit.close(code);
      const first = await stage.place();
      const login = first.call('login', { userID: 'alice', userSig: 'ticket' });
      await expect(login).rejects.toMatchObject({ code, retryable: false });
      stage.gateway.script = (visit) => {
        if (visit.number === 2) visit.admit();
        visit.close(visit.number === 2 ? 1011 : code);
      };
      const second = await stage.member();
      await expect
        .poll(() => told(second, 'loginStatusChanged').at(-1))
        .toMatchObject({ status: 'loggedOut', error: { code } });
      await longerThanAnyWait();
      expect(stage.gateway.visits).toHaveLength(3);
    },
  );

  it('[DRAIN-1] obeys the delay it is told instead of the answer to a login', async () => {
    stage.gateway.script = (visit) => {
      if (visit.number > 1) return visit.admit();
      visit.send({ name: 'goingAway', seq: 0, reconnectAfterMs: 900 });
      visit.close(4000);
    };
    await stage.member();
    const [first, second] = stage.gateway.visits.map(({ startedAtMs }) => startedAtMs);
    expect((second as number) - (first as number)).toBeGreaterThanOrEqual(899);
  });

  it('[KICK-9] takes close 4500 for a kick though the reason never came', async () => {
    atFirst((visit) => visit.close(4500));
    const client = await stage.member();
    expect(await tells(client, 'kickedOffline')).toMatchObject({
      type: 'unknown',
      whileAway: false,
    });
    await longerThanAnyWait();
    expect(stage.gateway.visits).toHaveLength(1);
  });

  it('[KICK-5] is told of a kick that overtook the answer to its own login', async () => {
    stage.gateway.script = (visit) => {
      visit.refuse(6208);
      visit.send({
        name: 'kicked',
        seq: 0,
        code: 6208,
        kickType: 'multipleDevice',
        byPlatform: 'ios',
        byInstanceId: 'phone',
        kickedAt: 7,
      });
      visit.close(4500);
    };
    const client = await stage.place();
    const login = client.call('login', { userID: 'alice', userSig: 'ticket' });
    await expect(login).rejects.toMatchObject({ code: 6208, retryable: false });
    expect(await tells(client, 'kickedOffline')).toMatchObject({ byInstanceId: 'phone' });
  });

  it('[KICK-9] waits out a war on its return: never less than told, twice as long each time, and says so', async () => {
    stage.gateway.script = (visit) => {
      if (visit.number === 1) {
        visit.admit();
        visit.close(4003);
      } else if (visit.number < 5) visit.refuse(70114, 100);
      else visit.admit();
    };
    const client = await stage.member();
    await tells(client, 'connected', 2);
    const starts = stage.gateway.visits.map(({ startedAtMs }) => startedAtMs);
    const waits = starts.slice(2).map((at, i) => at - (starts[i + 1] as number));
    for (const [i, leastMs] of [100, 200, 400].entries()) {
      // Two clocks read at two places: a millisecond is nobody's fault.
      expect(waits[i]).toBeGreaterThanOrEqual(leastMs - 1);
    }
    expect(stage.gateway.visits.map(({ login }) => login.automatic)).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
    expect(told(client, 'error').map(({ code }) => code)).toEqual([70114, 70114, 70114]);
  });

  it('[LOGIN-8] waits as long as the gateway says while the registry is away', async () => {
    stage.gateway.script = (visit) => (visit.number < 3 ? visit.refuse(70169, 600) : visit.admit());
    await stage.member();
    const [first, second, third] = stage.gateway.visits.map(({ startedAtMs }) => startedAtMs);
    expect((second as number) - (first as number)).toBeGreaterThanOrEqual(599);
    expect((third as number) - (second as number)).toBeGreaterThanOrEqual(599);
  });

  it('waits longer and longer where each link ends as soon as it is made', async () => {
    stage.gateway.script = (visit) => {
      visit.admit();
      visit.close(4003);
    };
    const client = await stage.member();
    await tells(client, 'connecting', 6);
    expect(told(client, 'connecting').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('[CLOSE-4] gives up at once where HTTP refuses it for good, and not where HTTP says later', async () => {
    const client = await stage.place();
    const login = { userID: 'alice', userSig: 'ticket' };
    stage.gateway.httpStatus = 403;
    await expect(client.call('login', login)).rejects.toMatchObject({ code: 9511 });
    expect(told(client, 'connecting')).toHaveLength(1);
    stage.gateway.httpStatus = 503;
    const later = client.call('login', login);
    await tells(client, 'connecting', 3);
    stage.gateway.httpStatus = 0;
    await later;
  });

  it('[PRESENCE-1, FRAME-8] never tells an older status after a newer one, nor of strangers, and overlooks unknown frames', async () => {
    const status = (userID: string, version: number) =>
      [userID, 'online', ['web'], `at ${version}`, version] as const;
    atFirst((visit) => {
      visit.sendRaw(Uint8Array.of(0x93, 0x7f, 0x00, 0xa3, 0x6e, 0x65, 0x77));
      const push = { name: 'statusChanged', seq: 0, sdkAppId: 1 } as const;
      visit.send({ ...push, statuses: [status('alice', 5), status('stranger', 9)] });
      visit.send({ ...push, statuses: [status('alice', 3)] });
      visit.send({ ...push, statuses: [status('alice', 8)] });
    });
    const client = await stage.member();
    await tells(client, 'statusChanged', 2);
    const statuses = told(client, 'statusChanged').flatMap((event) => event['statuses']);
    expect(statuses).toMatchObject([
      { userID: 'alice', version: 5 },
      { userID: 'alice', version: 8 },
    ]);
  });
});

describe('a client on a page', () => {
  it('comes back at once when the network does, but never before a time the gateway named', async () => {
    const page = new EventTarget();
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const online = setInterval(() => page.dispatchEvent(new Event('online')), 20);
    try {
      stage.gateway.script = (visit) => {
        visit.admit();
        if (visit.number === 1) visit.close(1011);
        if (visit.number === 2) {
          visit.send({ name: 'goingAway', seq: 0, reconnectAfterMs: 700 });
          visit.close(4000);
        }
      };
      // Without the page's word this wait would be up to an hour.
      const client = await stage.member({
        timing: { backOffFirstMs: hourMs, backOffLongestMs: hourMs },
      });
      await tells(client, 'connected', 3);
      const [, second, third] = stage.gateway.visits.map(({ startedAtMs }) => startedAtMs);
      expect((third as number) - (second as number)).toBeGreaterThanOrEqual(699);
    } finally {
      clearInterval(online);
    }
  });
});
