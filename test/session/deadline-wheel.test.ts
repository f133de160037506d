import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadline, DeadlineWheel, wheelTickMs } from '../../gateway/session/deadline-wheel.ts';

const lapMs = 4096 * wheelTickMs;

class Bell extends Deadline {
  readonly rungAt: number[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  override onDeadline(): void {
    this.rungAt.push(this.#now());
  }
}

/** When a bell must ring, may ring and must not: it may come a tick after its time. */
class Expectation {
  readonly bell: Bell;
  dueAtMs = Infinity;
  #rings = 0;

  constructor(now: () => number) {
    this.bell = new Bell(now);
  }

  check(nowMs: number): void {
    const rings = this.bell.rungAt.length - this.#rings;
    expect(rings).toBeGreaterThanOrEqual(this.dueAtMs + 2 * wheelTickMs <= nowMs ? 1 : 0);
    expect(rings).toBeLessThanOrEqual(this.dueAtMs <= nowMs ? 1 : 0);
    if (rings > 0) this.dueAtMs = Infinity;
    this.#rings += rings;
  }
}

describe('the deadline wheel', () => {
  it('calls each deadline once, not before its time and at most one tick after it', () => {
    const due = fc.integer({ min: 0, max: 3 * lapMs });
    fc.assert(
      fc.property(
        fc.array(due, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 0, max: 10_000 }),
        (dues, start) => {
          let now = start;
          const wheel = new DeadlineWheel(now);
          const bells = dues.map((dueMs) => {
            const bell = new Bell(() => now);
            wheel.arm(bell, start + dueMs);
            return bell;
          });
          for (; now <= start + 3 * lapMs + wheelTickMs; now += wheelTickMs) wheel.advance(now);
          bells.forEach((bell, i) => {
            expect(bell.rungAt).toHaveLength(1);
            const late = (bell.rungAt[0] as number) - (start + (dues[i] as number));
            expect(late).toBeGreaterThanOrEqual(0);
            expect(late).toBeLessThan(2 * wheelTickMs);
          });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('agrees with a plain list under random arming, disarming and pauses of any length', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('arm' as const),
        who: fc.nat(9),
        inMs: fc.integer({ min: -500, max: lapMs + 5000 }),
      }),
      fc.record({ do: fc.constant('disarm' as const), who: fc.nat(9) }),
      fc.record({
        do: fc.constant('wait' as const),
        ms: fc.oneof(fc.nat(1000), fc.nat(2 * lapMs)),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = 0;
        const wheel = new DeadlineWheel(now);
        const expected = Array.from({ length: 10 }, () => new Expectation(() => now));
        for (const s of steps) {
          if (s.do === 'wait') {
            now += s.ms;
            wheel.advance(now);
            for (const each of expected) each.check(now);
          } else if (s.do === 'arm') {
            const { bell } = expected[s.who] as Expectation;
            wheel.arm(bell, now + s.inMs);
            // One for the past comes with the next tick.
            (expected[s.who] as Expectation).dueAtMs = Math.max(now, now + s.inMs);
          } else {
            wheel.disarm((expected[s.who] as Expectation).bell);
            (expected[s.who] as Expectation).dueAtMs = Infinity;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lets a deadline arm itself again, also for a time that has passed', () => {
    const wheel = new DeadlineWheel(0);
    let rings = 0;
    class Repeater extends Deadline {
      override onDeadline(): void {
        rings++;
        wheel.arm(this, 0);
      }
    }
    wheel.arm(new Repeater(), 50);
    for (let now = 0; now <= 1000; now += wheelTickMs) wheel.advance(now);
    expect(rings).toBe(10);
  });

  it('does not bring back one that an earlier deadline of the same slot has disarmed', () => {
    const wheel = new DeadlineWheel(0);
    const far = new Bell(() => 0);
    class Ender extends Deadline {
      override onDeadline(): void {
        wheel.disarm(far);
      }
    }
    wheel.arm(new Ender(), 50);
    wheel.arm(far, 50 + lapMs);
    wheel.advance(500);
    for (let now = 600; now <= 2 * lapMs; now += wheelTickMs) wheel.advance(now);
    expect(far.rungAt).toEqual([]);
  });

  it('does not call one that an earlier deadline of the same tick has moved', () => {
    const wheel = new DeadlineWheel(0);
    const moved = new Bell(() => 0);
    class Mover extends Deadline {
      override onDeadline(): void {
        wheel.arm(moved, 10_000);
      }
    }
    wheel.arm(new Mover(), 50);
    wheel.arm(moved, 60);
    wheel.advance(500);
    expect(moved.rungAt).toEqual([]);
    wheel.advance(10_100);
    expect(moved.rungAt).toHaveLength(1);
  });

  it('calls a storm in parts, in which each can still be moved or disarmed', () => {
    const wheel = new DeadlineWheel(0);
    const storm = Array.from({ length: 1000 }, () => new Bell(() => 0));
    for (const bell of storm) wheel.arm(bell, 50);
    const rung = (): number => storm.filter((bell) => bell.rungAt.length === 1).length;
    const last = storm.at(-1) as Bell;
    const beforeLast = storm.at(-2) as Bell;

    expect(wheel.advance(500)).toBe(true);
    const first = rung();
    expect(first).toBeLessThan(500);
    wheel.disarm(last);
    wheel.arm(beforeLast, 10_000);
    while (wheel.goOn()) expect(rung()).toBeGreaterThan(first);
    expect(rung()).toBe(998);
    wheel.advance(10_100);
    expect([beforeLast, last].map(({ rungAt }) => rungAt.length)).toEqual([1, 0]);
  });

  it('calls what became due meanwhile behind what is left of a storm', () => {
    const wheel = new DeadlineWheel(0);
    const rung: string[] = [];
    class Named extends Deadline {
      readonly name: string;
      constructor(name: string) {
        super();
        this.name = name;
      }
      override onDeadline(): void {
        rung.push(this.name);
      }
    }
    for (let i = 0; i < 600; i++) wheel.arm(new Named('early'), 50);
    wheel.arm(new Named('late'), 250);
    wheel.advance(100);
    while (wheel.advance(300));
    expect(rung).toHaveLength(601);
    expect(rung.at(-1)).toBe('late');
  });
});
