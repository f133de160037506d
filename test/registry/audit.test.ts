import { describe, expect, it, vi } from 'vitest';
import { RegistryCounters } from '../../gateway/registry/counters.ts';
import type { HeldSession } from '../../gateway/registry/held-sessions.ts';
import { Audit } from '../../gateway/registry/redis/audit.ts';
import { StoreFault } from '../../gateway/registry/redis/store-fault.ts';
import { FaultLog } from '../../gateway/registry/redis/fault-log.ts';
import type { WalkCalls } from '../../gateway/registry/redis/index-walk.ts';
import type { AuditReply } from '../../gateway/registry/redis/login-replies.ts';
import type { RecordedSession } from '../../gateway/registry/redis/script-calls.ts';
import { freshUser, loginOf, watchesNobody } from './fleet.ts';

interface AuditCase {
  readonly count?: number;
  readonly periodMs?: number;
  /** Whether the walk finds the records of these sessions. */
  readonly isFound?: boolean;
  readonly walk?: WalkCalls['walk'];
  readonly partitions?: number;
}

/** An audit over some sessions; `compare` tells what becomes of each call. */
function auditOf(
  compare: (session: HeldSession, end: () => void) => Promise<AuditReply>,
  { count = 2, periodMs = 600_000, isFound = false, walk, partitions = 1 }: AuditCase = {},
) {
  const silent = (): void => undefined;
  const held = new Map<string, HeldSession>();
  const forgotten: string[] = [];
  const counters = new RegistryCounters();
  /** When the ticket of each ends, as its record says. */
  const recorded = new Map<string, number>();
  for (let i = 0; i < count; i += 1) {
    const session = { ...loginOf(freshUser()), epoch: 1 };
    held.set(session.sessionId, session);
    recorded.set(session.sessionId, session.ticketEndsAt);
  }
  const found = (): readonly RecordedSession[] =>
    [...held.values()].flatMap((session) => {
      const ticketEndsAt = recorded.get(session.sessionId);
      return ticketEndsAt === undefined ? [] : [{ ...session, ticketEndsAt }];
    });
  const audit = new Audit(
    {
      compare: (session) => compare(session, () => held.delete(session.sessionId)),
      partitions,
      partitionOf: () => 0,
      walk: walk ?? (() => Promise.resolve({ cursor: '0', sessions: isFound ? found() : [] })),
      remove: ({ sessionId }) => {
        forgotten.push(sessionId);
        return Promise.resolve('done');
      },
      commandTimeoutMs: 1,
    },
    new FaultLog({ info: silent, warn: silent, error: silent }),
    counters,
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
  return { audit, held, forgotten, counters, recorded, first: [...held.keys()][0] };
}

describe('audit', () => {
  it('takes back what it registered for a session that has ended meanwhile, and only that', async () => {
    const { audit, forgotten, first } = auditOf((session, end) => {
      if (session.sessionId === first) end();
      return Promise.resolve({ kind: 'reregistered' });
    });
    expect(await audit.full(1)).toBe(true);
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
    expect(await audit.full(1)).toBe(true);
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
    expect(await audit.full(1)).toBe(true);
    expect(added).toBeLessThan(10);
    audit.close();
  });

  it('compares one by one only what its walk did not find as it should be', async () => {
    const compared: string[] = [];
    const { audit, held, counters, recorded } = auditOf(
      ({ sessionId }) => {
        compared.push(sessionId);
        return Promise.resolve({ kind: 'held' });
      },
      { count: 5, periodMs: 250, isFound: true },
    );
    const [missing = '', endsEarly = ''] = held.keys();
    recorded.delete(missing);
    recorded.set(endsEarly, (recorded.get(endsEarly) ?? 0) - 1);
    await vi.waitFor(() => expect(compared.length).toBeGreaterThanOrEqual(4), 5000);
    expect(new Set(compared)).toEqual(new Set([missing, endsEarly]));
    expect(counters.auditedSessions).toBeGreaterThanOrEqual(10);
    audit.close();
  });

  it('does so in full as well', async () => {
    const compared: string[] = [];
    const {
      audit,
      recorded,
      counters,
      first = '',
    } = auditOf(
      ({ sessionId }) => {
        compared.push(sessionId);
        return Promise.resolve({ kind: 'held' });
      },
      { count: 5, isFound: true },
    );
    recorded.delete(first);
    expect(await audit.full(1)).toBe(true);
    expect(compared).toEqual([first]);
    expect(counters.auditedSessions).toBe(5);
    audit.close();
  });

  it('goes on where it was broken off, and ends the older doubts with that', async () => {
    /** The lots that were walked, and which doubts were cleared before each. */
    const walked: (readonly [lot: number, cleared: number])[] = [];
    let isAway = true;
    const { audit } = auditOf(() => Promise.resolve({ kind: 'held' }), {
      partitions: 48,
      walk: (partition) => {
        if (partition === 20 && isAway) return Promise.reject(new StoreFault('away', true));
        if (partition % 16 === 0) walked.push([partition / 16, audit.clearedDoubts]);
        return Promise.resolve({ cursor: '0', sessions: [] });
      },
    });
    expect(await audit.full(1)).toBe(false);
    expect(walked.splice(0)).toEqual([
      [0, 0],
      [1, 0],
    ]);
    isAway = false;
    expect(await audit.full(2)).toBe(true);
    expect(walked.splice(0)).toEqual([
      [1, 0],
      [2, 0],
      [0, 1],
    ]);
    expect(audit.clearedDoubts).toBe(2);
    expect(await audit.full(2)).toBe(true);
    expect(walked).toEqual([]);
    audit.close();
  });

  it('compares nothing slowly where the walk has failed: a full audit follows', async () => {
    let [compared, walks] = [0, 0];
    const { audit } = auditOf(
      () => {
        compared += 1;
        return Promise.resolve({ kind: 'held' });
      },
      {
        periodMs: 250,
        walk: () => {
          walks += 1;
          return Promise.reject(new StoreFault('away', true));
        },
      },
    );
    await vi.waitFor(() => expect(walks).toBeGreaterThan(1), 5000);
    expect(compared).toBe(0);
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
    const full = audit.full(1);
    await vi.waitFor(() => expect(audit.isSettled).toBe(false));
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
    expect(await audit.full(1)).toBe(false);
    expect(compared).toBe(64);
  });

  it('is not settled while a lost call may still register something', async () => {
    const { audit } = auditOf(() => Promise.reject(new Error('lost')));
    expect(await audit.full(1)).toBe(false);
    audit.close();
    expect(audit.isSettled).toBe(false);
    await vi.waitFor(() => expect(audit.isSettled).toBe(true));
  });

  it('takes back what a lost call may have registered, once that can happen no more', async () => {
    const { audit, held, forgotten, first } = auditOf(() => Promise.reject(new Error('lost')));
    expect(await audit.full(1)).toBe(false);
    held.delete(String(first));
    expect(forgotten).toEqual([]);
    await vi.waitFor(() => expect(forgotten).toEqual([first]));
    audit.close();
  });
});
