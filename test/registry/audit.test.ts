import { describe, expect, it, vi } from 'vitest';
import { RegistryCounters } from '../../gateway/registry/counters.ts';
import type { HeldSession } from '../../gateway/registry/port.ts';
import { Audit } from '../../gateway/registry/redis/audit.ts';
import { StoreFault } from '../../gateway/registry/redis/store-fault.ts';
import { FaultLog } from '../../gateway/registry/redis/fault-log.ts';
import type { AuditReply } from '../../gateway/registry/redis/script-calls.ts';
import { freshUser, loginOf, watchesNobody } from './fleet.ts';

/** An audit over some sessions; `compare` tells what becomes of each call. */
function auditOf(
  compare: (session: HeldSession, end: () => void) => Promise<AuditReply>,
  { count = 2, periodMs = 600_000 } = {},
) {
  const silent = (): void => undefined;
  const held = new Map<string, HeldSession>();
  const forgotten: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const session = { ...loginOf(freshUser()), epoch: 1 };
    held.set(session.sessionId, session);
  }
  const audit = new Audit(
    {
      compare: (session) => compare(session, () => held.delete(session.sessionId)),
      partitions: 1,
      walk: () => Promise.resolve({ cursor: '0', sessions: [] }),
      remove: ({ sessionId }) => {
        forgotten.push(sessionId);
        return Promise.resolve('done');
      },
      commandTimeoutMs: 1,
    },
    new FaultLog({ info: silent, warn: silent, error: silent }),
    new RegistryCounters(),
  );
  audit.start(
    {
      ...watchesNobody,
      kicked: silent,
      // What ends a session is not the audit's code, and may be at fault.
      replaced: () => {
        throw new Error('a fault in the session');
      },
      held: {
        get count() {
          return held.size;
        },
        countByApp: new Map(),
        all: () => held.values(),
        has: (sessionId) => held.has(sessionId),
      },
    },
    periodMs,
  );
  return { audit, held, forgotten, first: [...held.keys()][0] };
}

describe('audit', () => {
  it('takes back what it registered for a session that has ended meanwhile, and only that', async () => {
    const { audit, forgotten, first } = auditOf((session, end) => {
      if (session.sessionId === first) end();
      return Promise.resolve({ kind: 'reregistered' });
    });
    expect(await audit.full()).toBe(true);
    expect(forgotten).toEqual([first]);
    audit.close();
  });

  it('passes over a session that Redis cannot compare, and over one whose end fails', async () => {
    const compared: string[] = [];
    const { audit, first } = auditOf((session) => {
      compared.push(session.sessionId);
      if (session.sessionId === first) {
        return Promise.reject(new StoreFault('WRONGTYPE', true, 'ofCall'));
      }
      return Promise.resolve({ kind: 'replaced' });
    });
    expect(await audit.full()).toBe(true);
    expect(compared).toHaveLength(2);
    audit.close();
  });

  it('ends although sessions come faster than it walks', async () => {
    let added = 0;
    const { audit, held } = auditOf(async () => {
      await new Promise(setImmediate);
      for (let i = 0; i < 2 && added < 5000; i += 1) {
        added += 1;
        const session = { ...loginOf(freshUser()), epoch: 1 };
        held.set(session.sessionId, session);
      }
      return { kind: 'held' };
    });
    expect(await audit.full()).toBe(true);
    expect(added).toBeLessThan(10);
    audit.close();
  });

  it('goes on with the slow lap where it was before a full one', async () => {
    const compared: string[] = [];
    const { audit, held } = auditOf(
      ({ sessionId }) => {
        compared.push(sessionId);
        return Promise.resolve({ kind: 'held' });
      },
      { count: 3, periodMs: 750 },
    );
    const [first, second, third] = held.keys();
    await vi.waitFor(() => expect(compared).toEqual([first]));
    await audit.full();
    await vi.waitFor(() => expect(compared).toHaveLength(6));
    expect(compared).toEqual([first, first, second, third, second, third]);
    audit.close();
  });

  it('takes back what it registered for a session that has ended, also once it is closed', async () => {
    let answer: (reply: AuditReply) => void = () => undefined;
    const { audit, forgotten, first } = auditOf(
      (_, end) => {
        end();
        return new Promise((resolve) => (answer = resolve));
      },
      { count: 1 },
    );
    const full = audit.full();
    audit.close();
    expect(audit.isSettled).toBe(false);
    answer({ kind: 'reregistered' });
    expect(await full).toBe(false);
    expect(forgotten).toEqual([first]);
    expect(audit.isSettled).toBe(true);
  });

  it('compares nothing more once it is closed', async () => {
    let compared = 0;
    const { audit } = auditOf(
      () => {
        compared += 1;
        audit.close();
        return Promise.resolve({ kind: 'replaced' });
      },
      { count: 100 },
    );
    expect(await audit.full()).toBe(false);
    expect(compared).toBe(64);
  });

  it('is not settled while a lost call may still register something', async () => {
    const { audit } = auditOf(() => Promise.reject(new Error('lost')));
    expect(await audit.full()).toBe(false);
    audit.close();
    expect(audit.isSettled).toBe(false);
    await vi.waitFor(() => expect(audit.isSettled).toBe(true));
  });

  it('takes back what a lost call may have registered, once that can happen no more', async () => {
    const { audit, held, forgotten, first } = auditOf(() => Promise.reject(new Error('lost')));
    expect(await audit.full()).toBe(false);
    held.delete(String(first));
    expect(forgotten).toEqual([]);
    await vi.waitFor(() => expect(forgotten).toEqual([first]));
    audit.close();
  });
});
