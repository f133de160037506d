import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pulse } from '../../client/pulse.ts';

const settings = { pingAfterMs: 20_000, pongWithinMs: 10_000 };

describe('the pulse of a link', () => {
  let pings = 0;
  let deaths = 0;
  let pulse: Pulse;
  beforeEach(() => {
    vi.useFakeTimers();
    [pings, deaths] = [0, 0];
    pulse = new Pulse(
      settings,
      () => pings++,
      () => deaths++,
    );
  });
  afterEach(() => {
    pulse.stop();
    vi.useRealTimers();
  });

  it('[CONN-9] asks after silence only', () => {
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(15_000);
      pulse.heard();
    }
    expect(pings).toBe(0);
    vi.advanceTimersByTime(20_000);
    expect(pings).toBe(1);
    pulse.heard();
    vi.advanceTimersByTime(20_000);
    expect([pings, deaths]).toEqual([2, 0]);
  });

  it('finds a link that answers nothing within 30 s', () => {
    vi.advanceTimersByTime(30_000);
    expect([pings, deaths]).toEqual([1, 1]);
  });

  it('looks at once when it is told to, and asks no second time meanwhile', () => {
    vi.advanceTimersByTime(1000);
    pulse.check();
    pulse.check();
    expect(pings).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(deaths).toBe(1);
  });

  it('does not take a timer that was throttled for the silence of the gateway', () => {
    vi.advanceTimersByTime(20_000);
    // The page sleeps: its clock goes on, its timers and sockets do not.
    const slept = performance.now() + 600_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => slept);
    vi.advanceTimersByTime(10_000);
    clock.mockRestore();
    expect([pings, deaths]).toEqual([2, 0]);
    pulse.heard();
    vi.advanceTimersByTime(10_000);
    expect(deaths).toBe(0);
  });

  it('finds the link dead behind such a timer when the next wait is silent too', () => {
    vi.advanceTimersByTime(20_000);
    const slept = performance.now() + 600_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => slept);
    vi.advanceTimersByTime(10_000);
    clock.mockRestore();
    vi.advanceTimersByTime(10_000);
    expect(deaths).toBe(1);
  });
});
