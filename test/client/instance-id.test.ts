import { WebSocket } from 'ws';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stubPage } from './page-stub.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The SDK as a page that was just loaded has it: nothing is left in memory. */
async function load(stored: Record<string, string> = {}) {
  vi.resetModules();
  const stub = stubPage(stored);
  const { takeInstanceId } = await import('../../client/instance-id.ts');
  return { ...stub, takeInstanceId };
}

describe('the instanceId of a client on a page', () => {
  it('is kept over a reload, and a copy of the tab has another', async () => {
    const tab = await load();
    const { id } = tab.takeInstanceId();
    expect(id).toMatch(/^[a-z0-9]{32}$/);
    // A copy of the tab is made with a copy of its storage.
    const copy = await load({ ...tab.stored });
    expect(copy.takeInstanceId().id).not.toBe(id);
    tab.page.dispatchEvent(new Event('pagehide'));
    const reloaded = await load(tab.stored);
    expect(reloaded.takeInstanceId().id).toBe(id);
  });

  it('is not that of another client there, and both are kept over a reload', async () => {
    const tab = await load();
    const ids = [tab.takeInstanceId().id, tab.takeInstanceId().id];
    expect(new Set(ids).size).toBe(2);
    tab.page.dispatchEvent(new Event('pagehide'));
    const reloaded = await load(tab.stored);
    expect([reloaded.takeInstanceId().id, reloaded.takeInstanceId().id]).toEqual(ids);
  });

  it('goes to the next client when that one is destroyed, and leaves no listeners behind', async () => {
    const tab = await load();
    const listen = vi.fn<(name: string) => void>();
    vi.stubGlobal('addEventListener', listen);
    const { createClient } = await import('../../client/index.ts');
    const ids = new Set<string>();
    for (let i = 0; i < 5; i++) {
      createClient({ url: 'ws://127.0.0.1:1', sdkAppId: 1, WebSocket }).destroy();
      const taken = tab.takeInstanceId();
      ids.add(taken.id);
      taken.giveBack();
    }
    expect(ids.size).toBe(1);
    const kept = listen.mock.calls.filter(([name]) => name === 'pagehide');
    expect(kept).toHaveLength(1);
  });

  it('exists also where the page forbids storage', async () => {
    const tab = await load();
    Object.defineProperty(globalThis, 'sessionStorage', {
      configurable: true,
      get: () => {
        throw new Error('SecurityError');
      },
    });
    expect(tab.takeInstanceId().id).toMatch(/^[a-z0-9]{32}$/);
    Reflect.deleteProperty(globalThis, 'sessionStorage');
  });
});
