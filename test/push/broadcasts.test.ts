import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Broadcasts, type Receiver } from '../../gateway/push/broadcasts.ts';
import { PushCounters } from '../../gateway/push/counters.ts';
import type { SharedFrame } from '../../protocol/shared-frame.ts';

const push = (body: string) => ({ number: 1, sender: 'news', topic: 'everybody', body });

/** A session that keeps what it is handed. */
class Device implements Receiver {
  readonly frames: SharedFrame[] = [];
  sdkAppId: number;
  constructor(sdkAppId: number) {
    this.sdkAppId = sdkAppId;
  }
  isOf(sdkAppId: number): boolean {
    return this.sdkAppId === sdkAppId;
  }
  pushed(frame: SharedFrame): void {
    this.frames.push(frame);
  }
  get bodies(): string[] {
    return this.frames.map(({ frame }) => (frame.name === 'push' ? frame.body : frame.name));
  }
}

describe('broadcasts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('[PUSH-5] reach every session of the app with one and the same frame, so many a second', () => {
    const devices = Array.from({ length: 100 }, () => new Device(1));
    const counters = new PushCounters();
    const broadcasts = new Broadcasts({ receivers: () => devices, perS: 500, counters });
    broadcasts.add(1, push('hi'));
    const told = (): number => devices.filter(({ frames }) => frames.length > 0).length;
    expect(told()).toBe(10);
    vi.advanceTimersByTime(20);
    expect(told()).toBe(20);
    vi.advanceTimersByTime(1000);
    expect(devices.map(({ bodies }) => bodies)).toEqual(devices.map(() => ['hi']));
    const [frame] = devices[0]?.frames ?? [];
    expect(devices.every(({ frames }) => frames[0] === frame)).toBe(true);
    expect(frame?.encoded('msgpack')).toBe(frame?.encoded('msgpack'));
    expect(frame?.frame).toMatchObject({ name: 'push', seq: 0, number: 1, toEverybody: true });
    expect(counters).toMatchObject({ broadcasts: 1, droppedBroadcasts: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('wait for one another, and come in their order', () => {
    const devices = Array.from({ length: 30 }, () => new Device(1));
    const counters = new PushCounters();
    const broadcasts = new Broadcasts({ receivers: () => devices, perS: 500, counters });
    for (const body of ['a', 'b', 'c']) broadcasts.add(1, push(body));
    expect(devices[0]?.bodies).toEqual(['a']);
    vi.advanceTimersByTime(1000);
    for (const { bodies } of devices) expect(bodies).toEqual(['a', 'b', 'c']);
  });

  it('pass those by who are of another app, or are when their turn comes', () => {
    const devices = [new Device(1), new Device(2), new Device(1)];
    const counters = new PushCounters();
    const broadcasts = new Broadcasts({ receivers: () => devices, perS: 100, counters });
    broadcasts.add(1, push('hi'));
    (devices[2] as Device).sdkAppId = 2;
    vi.advanceTimersByTime(1000);
    expect(devices.map(({ bodies }) => bodies.length)).toEqual([1, 0, 0]);
  });

  it('do not pile up without a bound, and end with their node', () => {
    const devices = Array.from({ length: 1000 }, () => new Device(1));
    const counters = new PushCounters();
    const broadcasts = new Broadcasts({ receivers: () => devices, perS: 100, counters });
    for (let i = 0; i < 40; i += 1) broadcasts.add(1, push(`${i}`));
    expect(counters).toMatchObject({ broadcasts: 32, droppedBroadcasts: 8 });
    broadcasts.stop();
    vi.advanceTimersByTime(60_000);
    expect(devices.filter(({ frames }) => frames.length > 0)).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
