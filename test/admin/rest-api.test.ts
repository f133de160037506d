import { describe, expect, it } from 'vitest';
import { CallRate } from '../../gateway/admin/rest/call-rate.ts';
import { services, type RestRegistry } from '../../gateway/admin/rest/command.ts';
import { commands } from '../../gateway/admin/rest/commands.ts';
import { restCodes } from '../../gateway/admin/rest/codes.ts';
import { RestApi } from '../../gateway/admin/rest/rest-api.ts';
import { RestCounters } from '../../gateway/admin/rest/rest-counters.ts';
import { startAdminServer } from '../../gateway/admin/admin-server.ts';
import { systemClock } from '../../gateway/session/clock.ts';
import { AppKeys } from '../../gateway/ticket/app-keys.ts';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';

const app = { sdkAppId: 1_400_000_000, secret: 'a-secret-of-the-rest-tests' };

const fail = (): never => {
  throw new TypeError('canary-3f9a1c5e7b');
};
/** A registry with a bug in every method. */
const broken: RestRegistry = {
  statuses: fail,
  traffic: { ofApp: fail },
  sessions: fail,
  revoke: fail,
  accounts: { import: fail, exist: fail, delete: fail, activity: fail },
  pushes: { toUser: fail, toEverybody: fail },
};

describe('the REST API', () => {
  it.each(commands)(
    'answers a bug in $path with a code and keeps it for itself',
    async (command) => {
      const errors: unknown[] = [];
      const counters = new RestCounters();
      const rest = new RestApi({
        admins: {
          byApp: new Map([[app.sdkAppId, ['administrator']]]),
          keys: new AppKeys([{ sdkAppId: app.sdkAppId, keys: [app] }]),
          clock: systemClock,
          clockToleranceS: 30,
        },
        registry: broken,
        callsPerS: 1000,
        counters,
        onCall: () => undefined,
        onError: (error) => errors.push(error),
      });
      const server = await startAdminServer({
        host: '127.0.0.1',
        port: 0,
        health: () => {
          throw new Error('nobody asks');
        },
        metrics: { contentType: '', render: () => Promise.resolve('') },
        rest,
        v1: { answer: () => Promise.reject(new Error('nobody asks')) },
        onError: (error) => errors.push(error),
      });
      try {
        const usersig = makeUserSig({
          ...app,
          userId: 'administrator',
          expireS: 60,
          issuedAt: Math.floor(Date.now() / 1000),
        });
        const response = await fetch(
          `http://127.0.0.1:${server.port}/v4/${command.path}?sdkappid=${app.sdkAppId}&identifier=administrator&usersig=${usersig}`,
          { method: 'POST', body: command.request },
        );
        const text = await response.text();
        const { code } = restCodes[services[command.service].failed];
        expect([response.status, JSON.parse(text)]).toMatchObject([200, { ErrorCode: code }]);
        expect(text).not.toContain('canary');
        expect(errors).toEqual([expect.any(TypeError)]);
        expect(counters.refusals[code]).toBe(1);
      } finally {
        await server.close();
      }
    },
  );
});

describe('the rate of calls', () => {
  it.each([1, 3, 100, 200, 1000, 1_000_000])(
    'lets %d calls through in a second, and no more after that than come back',
    (callsPerS) => {
      const rate = new CallRate(callsPerS);
      let nowMs = 12_345.678;
      const takeAll = (): number => {
        let taken = 0;
        while (rate.take(nowMs)) taken++;
        return taken;
      };
      expect(takeAll()).toBe(callsPerS);
      nowMs += 1000 / callsPerS;
      expect(takeAll()).toBe(1);
      nowMs += 60_000;
      expect(takeAll()).toBe(callsPerS);
    },
  );
});
