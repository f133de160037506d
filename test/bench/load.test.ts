import { describe, expect, it } from 'vitest';
import { loginMessage } from '../../bench/generator/frames.ts';
import { LoginSocket } from '../../bench/generator/login-socket.ts';
import { monotonicMs } from '../../bench/load/clock.ts';
import { Deliveries } from '../../bench/load/deliveries.ts';
import { Member } from '../../bench/load/member.ts';
import { Notes } from '../../bench/load/notes.ts';
import { pushBody, readPushBody } from '../../bench/load/push-body.ts';
import { SeededRandom } from '../../bench/load/random.ts';
import { dueMs, operationsWithin } from '../../bench/load/schedule.ts';
import { push } from '../../bench/scenarios/push.ts';
import type { GivenSettings } from '../../bench/scenarios/scenario.ts';
import { growthPerMinute } from '../../bench/scenarios/soak.ts';
import { Recorder } from '../../bench/measure/recorder.ts';
import { encode } from '../../protocol/codec.ts';

describe('the schedule of an open loop', () => {
  const steady = { perS: 100, rampS: 0, seed: 7 };

  it('has so many operations a second, each in a slot of its own', () => {
    const due = Array.from({ length: 300 }, (_, i) => dueMs(steady, i));
    due.forEach((atMs, i) => {
      expect(atMs).toBeGreaterThanOrEqual(i * 10);
      expect(atMs).toBeLessThan((i + 1) * 10);
    });
    expect(operationsWithin(steady, 3)).toBe(300);
  });

  it('is even where it must be', () => {
    expect([0, 1, 2].map((i) => dueMs({ ...steady, isEven: true }, i))).toEqual([10, 20, 30]);
  });

  it('is the same for the same seed and another for another', () => {
    const at = (seed: number): number[] => [0, 1, 2].map((i) => dueMs({ ...steady, seed }, i));
    expect(at(7)).toEqual(at(7));
    expect(at(7)).not.toEqual(at(8));
  });

  it('grows from nothing while the ramp lasts', () => {
    const ramped = { perS: 100, rampS: 2, seed: 1 };
    expect(operationsWithin(ramped, 2)).toBe(100);
    expect(operationsWithin(ramped, 5)).toBe(400);
    const due = Array.from({ length: 400 }, (_, i) => dueMs(ramped, i));
    const within = (fromS: number, toS: number): number =>
      due.filter((atMs) => atMs >= fromS * 1000 && atMs < toS * 1000).length;
    expect(within(0, 1)).toBeLessThan(within(1, 2));
    expect(within(0, 2)).toBe(100);
    expect(Math.abs(within(3, 4) - 100)).toBeLessThanOrEqual(1);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
  });
});

describe('the growth of memory', () => {
  const second = { done: 1, failed: 0, p50: 1, p99: 1, max: 1, cores: 1 };
  const seconds = (read: (atS: number) => number | null): Parameters<typeof growthPerMinute>[0] =>
    Array.from({ length: 20 }, (_, atS) => ({ ...second, atS, rssBytes: read(atS) }));

  it('is the slope of the second half, whatever the first one did', () => {
    const grown = seconds((atS) => (atS < 10 ? 1e9 : 5e6 + atS * 1000));
    expect(growthPerMinute(grown)).toBeCloseTo(60_000, 3);
    expect(growthPerMinute(seconds(() => 5e6))).toBe(0);
  });

  it('is not known where memory was not read', () => {
    expect(growthPerMinute(seconds(() => null))).toBeNull();
  });
});

describe('a push of the bench', () => {
  it('says which it is and when it was due, in as many bytes as were asked for', () => {
    const mark = { number: 1234567, dueMs: 123_456_789_012.125 };
    for (const bytes of [40, 300]) {
      const body = pushBody(mark, bytes);
      expect(body).toHaveLength(bytes);
      expect(readPushBody(body)).toEqual(mark);
    }
    expect(readPushBody('{"text":"hi"}')).toBeUndefined();
  });

  it('counts once at its member, from when it was due; again it is one that came twice', () => {
    const notes = new Notes();
    const app = { sdkAppId: 1, secret: 'ab'.repeat(32) };
    const words = { app, userId: 'alice', ticketEndsAt: 2_000_000_000 };
    const deliveries = new Deliveries(notes);
    const ground = { notes, deliveries, originMs: 0, watched: [], finish: () => undefined };
    const member = new Member(words, ground);
    const socket = new LoginSocket(loginMessage(app, 'alice'), member);
    const frame = (number: number): Buffer => {
      const body = pushBody({ number, dueMs: monotonicMs() - 1000 }, 40);
      const fields = { seq: 0, number, toEverybody: false, sender: 'a', topic: 'b', body };
      return Buffer.from(encode({ name: 'push', ...fields }, 'msgpack') as Uint8Array);
    };
    for (const number of [7, 8, 7]) member.received(socket, frame(number));
    expect(notes.tally().doubled).toBe(1);
    const [, firstUs = 0, , secondUs = 0, ...more] = notes.takeSamples().push ?? [];
    expect(Math.min(firstUs, secondUs)).toBeGreaterThanOrEqual(999_000);
    expect(more).toEqual([]);
  });
});

describe('the settings of the push bench', () => {
  const given = { bytes: 300, duration: 10 } as GivenSettings;

  it('have a pace that suits whom it goes to', () => {
    expect(push.settle?.({ ...given, to: 'user' })).toMatchObject({ rate: 200, warmUp: 200 });
    expect(push.settle?.({ ...given, to: 'all' })).toMatchObject({ rate: 0.5, warmUp: 2 });
    expect(push.settle?.({ ...given, rate: 7, warmUp: 0 })).toMatchObject({ rate: 7, warmUp: 0 });
  });

  it('keep to what the gateway lets an app do', () => {
    expect(push.settle?.({ ...given, bytes: 39 })).toContain('--bytes must be from 40');
    expect(push.settle?.({ ...given, bytes: 99_999 })).toContain('--bytes must be from 40');
    expect(push.settle?.({ ...given, to: 'all', rate: 1 })).toContain('--rate may be 0.8');
    expect(push.settle?.({ ...given, to: 'all', duration: 300 })).toContain('100 times a day');
  });
});

describe('seeded random numbers', () => {
  it('lie in [0, 1) and are spread', () => {
    const random = new SeededRandom(3);
    const numbers = Array.from({ length: 1000 }, () => random.next());
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  });
});

describe('the recorder', () => {
  it('keeps what was due after the beginning, and puts it into seconds by its end', () => {
    const recorder = new Recorder('login');
    recorder.record('login', 900, 5000);
    recorder.begin(1000);
    recorder.record('login', 1004, 5000);
    recorder.record('login', 1500, 4000);
    recorder.record('login', 3100, 2_000_000);
    recorder.record('answer', 1500, 1000);
    recorder.failed(1999, 2);
    recorder.failed(3200, 3);
    recorder.gateways(2500, { rssBytes: 5, cores: 0.5 });
    expect(recorder.count('login')).toBe(2);
    expect(recorder.latency('login').max).toBeGreaterThan(1990);
    expect(recorder.reachedMs('login', 1)).toBe(4);
    expect(recorder.reachedMs('login', 3)).toBeNull();
    expect(recorder.seconds).toMatchObject([
      { atS: 0, done: 1, failed: 2, p50: 4, rssBytes: null },
      { atS: 1, done: 0, failed: 0, p50: null, rssBytes: 5, cores: 0.5 },
      { atS: 2, done: 1, failed: 1, max: 2000 },
    ]);
  });

  it('keeps nothing before it has begun', () => {
    const recorder = new Recorder('login');
    recorder.record('login', 900, 5);
    expect(recorder.hasBegun).toBe(false);
    expect(recorder.seconds).toEqual([]);
    expect(recorder.perSecond('login')).toBeNull();
  });
});
