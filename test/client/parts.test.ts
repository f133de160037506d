import { afterEach, describe, expect, it, vi } from 'vitest';
import { backOffMs, Pause } from '../../client/back-off.ts';
import { Emitter } from '../../client/events.ts';
import { GatehouseError, sdkCodes } from '../../client/gatehouse-error.ts';
import { createClient } from '../../client/index.ts';
import { onWake } from '../../client/page.ts';
import { TicketSource } from '../../client/ticket-source.ts';
import { answerCodes, closeCodes, isFinal } from '../../protocol/codes.ts';
import { stubPage } from './page-stub.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the back-off', () => {
  const range = { firstMs: 1000, longestMs: 30_000 };
  const sample = (attempt: number): number[] =>
    Array.from({ length: 2000 }, () => backOffMs(attempt, range));

  it.each([
    [1, 1000],
    [3, 4000],
    [6, 30_000],
    [60, 30_000],
  ])('[CLOSE-1] is random over its whole range: try %i, up to %i ms', (attempt, mostMs) => {
    const waits = sample(attempt);
    expect(Math.max(...waits)).toBeLessThanOrEqual(mostMs);
    for (let tenth = 0; tenth < 10; tenth++) {
      const [from, to] = [(tenth * mostMs) / 10, ((tenth + 1) * mostMs) / 10];
      expect(waits.some((ms) => ms >= from && ms < to)).toBe(true);
    }
  });

  it('ends when it is woken, and with its signal', async () => {
    const pause = new Pause();
    const { signal } = new AbortController();
    const woken = pause.wait(1_000_000, signal);
    pause.wake();
    await woken;
    await pause.wait(1_000_000, AbortSignal.abort());
  });
});

describe('events', () => {
  it('reach their listeners until these are taken away, by function or signal', () => {
    const events = new Emitter();
    const heard: string[] = [];
    const leaving = new AbortController();
    const off = events.on('connecting', ({ attempt }) => heard.push(`first ${attempt}`));
    events.on('connecting', ({ attempt }) => heard.push(`second ${attempt}`), leaving);
    events.on('connecting', () => heard.push('never'), { signal: AbortSignal.abort() });
    events.emit('connecting', { attempt: 1 });
    off();
    events.emit('connecting', { attempt: 2 });
    leaving.abort();
    events.emit('connecting', { attempt: 3 });
    expect(heard).toEqual(['first 1', 'second 1', 'second 2']);
  });

  it('can be waited for once, no longer than a signal allows', async () => {
    const events = new Emitter();
    const next = events.once('connecting');
    events.emit('connecting', { attempt: 7 });
    events.emit('connecting', { attempt: 8 });
    expect(await next).toEqual({ attempt: 7 });
    const leaving = new AbortController();
    const never = events.once('error', leaving);
    leaving.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
    await expect(events.once('error', leaving)).rejects.toThrow('enough');
  });

  it('reach every listener, though one throws', () => {
    vi.useFakeTimers();
    const events = new Emitter();
    let heard = 0;
    events.on('connecting', () => {
      throw new Error("the application's bug");
    });
    events.on('connecting', () => heard++);
    events.emit('connecting', { attempt: 1 });
    expect(heard).toBe(1);
    expect(() => vi.runAllTimers()).toThrow("the application's bug");
  });
});

describe('an error of the SDK', () => {
  it('has the name and the advice of its code, as the protocol has it', () => {
    for (const [name, { code, retry }] of Object.entries(answerCodes)) {
      const error = new GatehouseError(code, { message: 'what was wrong' });
      expect(error).toMatchObject({ code, name, retry, retryable: retry !== 'never' });
      expect(error.docs).toBe(`docs/errors.md#${code}-${name.toLowerCase()}`);
    }
    for (const [name, { code }] of Object.entries(closeCodes)) {
      const retryable = !isFinal(code);
      expect(new GatehouseError(code, { message: '' })).toMatchObject({ code, name, retryable });
    }
    expect(new GatehouseError(4321, { message: 'from the future' }).retryable).toBe(true);
  });

  it('of an unknown code goes by whether there is a delay', () => {
    const error = new GatehouseError(79_999, { message: 'from the future', retryAfterMs: 500 });
    expect(error).toMatchObject({ name: 'unknown', retryable: true, retryAfterMs: 500 });
    expect(new GatehouseError(79_999, { message: '' }).retryable).toBe(false);
  });

  it('raised by the SDK alone has a number no code of the protocol has', () => {
    const own = sdkCodes
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[0]));
    const taken = [...Object.values(answerCodes), ...Object.values(closeCodes)].map(
      ({ code }) => code as number,
    );
    expect(own.filter((code) => taken.includes(code))).toEqual([]);
    expect(new Set(own).size).toBe(own.length);
  });
});

describe('a source of tickets', () => {
  const sourceOf = (getTicket: () => Promise<string | null>, userSig?: string) =>
    new TicketSource({
      userID: 'alice',
      userSig,
      getTicket,
      withinMs: 1000,
      signal: new AbortController().signal,
    });

  it('asks once for all who want a ticket at the same time', async () => {
    let calls = 0;
    const source = sourceOf(() => Promise.resolve(`ticket ${++calls}`));
    const both = await Promise.all([source.fetch('login'), source.fetch('expired')]);
    expect(both).toEqual(['ticket 1', 'ticket 1']);
    expect(source.current).toBe('ticket 1');
  });

  it('[CLOSE-3] has none any more when three in a row were refused; a good one begins anew', async () => {
    const source = sourceOf(() => Promise.resolve('old'), 'old');
    for (let i = 0; i < 3; i++) {
      expect(source.canFetch).toBe(true);
      source.refused(await source.fetch('expired'));
    }
    expect(source.canFetch).toBe(false);
    source.accepted();
    expect(source.canFetch).toBe(true);
  });

  it('keeps a newer ticket when an older one is refused', async () => {
    const source = sourceOf(() => Promise.resolve('new'), 'old');
    await source.fetch('expiring');
    source.refused('old');
    expect(source.current).toBe('new');
  });

  it('tells a fault of the back end, which may pass, from the end of all tickets', async () => {
    const away = sourceOf(() => Promise.reject(new Error('502')));
    await expect(away.fetch('login')).rejects.toMatchObject({ code: 6226, retryAfterMs: 1000 });
    const over = sourceOf(() => Promise.resolve(null));
    await expect(over.fetch('login')).rejects.toMatchObject({ code: 6226, retryAfterMs: 0 });
  });

  it('does not wait for ever', async () => {
    vi.useFakeTimers();
    const source = new TicketSource({
      userID: 'alice',
      userSig: undefined,
      getTicket: () => new Promise(() => undefined),
      withinMs: 5,
      signal: AbortSignal.abort(new Error('over')),
    });
    await expect(source.fetch('login')).rejects.toMatchObject({ code: 6226 });
  });
});

describe('a client without a WebSocket', () => {
  it('says what is missing and what to do', () => {
    vi.stubGlobal('WebSocket', undefined);
    expect(() => createClient({ url: 'ws://127.0.0.1:1', sdkAppId: 1 })).toThrow(
      /no global WebSocket.*give createClient one/,
    );
  });
});

describe('a page', () => {
  it('wakes the SDK when the network is back, when it is shown, and no longer when that is over', () => {
    const { page, document } = stubPage();
    let wakes = 0;
    const stop = onWake(() => wakes++);
    page.dispatchEvent(new Event('online'));
    page.dispatchEvent(new Event('pageshow'));
    expect(wakes).toBe(2);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(wakes, 'hidden').toBe(2);
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    document.dispatchEvent(new Event('resume'));
    expect(wakes).toBe(4);
    stop();
    page.dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
    expect(wakes).toBe(4);
  });
});
