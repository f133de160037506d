import { afterEach, describe, expect, it, vi } from 'vitest';
import { OwedUpdates } from '../../gateway/registry/redis/owed-updates.ts';
import type { Attempt, OwedUpdate } from '../../gateway/registry/redis/owed-updates.ts';
import { freshUser, ticketUntil } from './fleet.ts';

function removal(sessionId: string): OwedUpdate {
  const session = { ...freshUser(), instanceId: 'phone', sessionId };
  return { session, change: 'left', notBefore: 0 };
}

describe('owed updates', () => {
  const open: OwedUpdates[] = [];
  afterEach(() => open.splice(0).forEach((owed) => owed.close()));

  function owe(attempt: (sessionId: string) => Attempt, lost = () => undefined): OwedUpdates {
    const owed = new OwedUpdates(
      (update) => Promise.resolve(attempt(update.session.sessionId)),
      lost,
    );
    open.push(owed);
    return owed;
  }

  it('come to their turn although others never succeed', async () => {
    const tried = new Set<string>();
    const owed = owe((sessionId) => {
      tried.add(sessionId);
      return sessionId.startsWith('poison') ? 'again' : 'over';
    });
    for (let i = 0; i < 100; i += 1) owed.add(removal(`poison-${i}`));
    for (let i = 0; i < 100; i += 1) owed.add(removal(`good-${i}`));
    await vi.waitFor(() => expect(owed.size).toBe(100), { timeout: 5000 });
    expect(tried.size).toBe(200);
  });

  it('are bounded: the oldest is given up, aloud', () => {
    const lost = vi.fn();
    const owed = owe(() => 'again', lost);
    for (let i = 0; i < 65_537; i += 1) owed.add(removal(`s-${i}`));
    expect(owed.size).toBe(65_536);
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it('are void once the session is wanted again', async () => {
    const made: string[] = [];
    const owed = owe((sessionId) => {
      made.push(sessionId);
      return 'over';
    });
    owed.add(removal('wanted'));
    owed.add(removal('gone'));
    owed.forgive('wanted');
    await vi.waitFor(() => expect(owed.size).toBe(0), { timeout: 5000 });
    expect(made).toEqual(['gone']);
  });

  it('end with a removal: a renewal that comes after it is nothing', async () => {
    const made: OwedUpdate['change'][] = [];
    const owed = new OwedUpdates((update) => {
      made.push(update.change);
      return Promise.resolve('over');
    }, vi.fn());
    open.push(owed);
    owed.add({ ...removal('s'), change: ticketUntil(5) });
    owed.add({ ...removal('s'), change: 'lost' });
    owed.add({ ...removal('s'), change: ticketUntil(6) });
    await vi.waitFor(() => expect(owed.size).toBe(0), { timeout: 5000 });
    expect(made).toEqual(['lost']);
  });
});
