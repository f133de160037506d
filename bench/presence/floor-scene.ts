import { encode } from '../../protocol/codec.ts';
import { maskedMessage, type BenchApp } from '../generator/frames.ts';
import { MeasuredProcess } from '../measure/measured-process.ts';
import { Crowd } from './crowd.ts';
import { statusOf, type Deliveries } from './deliveries.ts';
import { groupOfUser, groupOfWatcher, userIdOf, watcherIdOf } from './groups.ts';
import type { PresenceSettings } from './result.ts';
import type { Scene } from './scene.ts';

/** What the gateway would tell of a change: the floor is given the whole frame, ready to be published. */
export function frameOf(app: BenchApp, user: number, change: number): Uint8Array {
  const { sdkAppId } = app;
  const version = Date.now();
  const statuses = [[userIdOf(user), 'online', ['android'], statusOf(change), version]] as const;
  const frame = { name: 'statusChanged', seq: 0, sdkAppId, statuses } as const;
  return encode(frame, 'msgpack') as Uint8Array;
}

/** Bare publish: one process, the watchers subscribed, and one socket that says what is to be published. */
export class FloorScene implements Scene {
  readonly teller: MeasuredProcess;
  readonly #settings: PresenceSettings;
  readonly #app: BenchApp;
  readonly #watchers: Crowd;
  readonly #driver: Crowd;

  private constructor(
    settings: PresenceSettings,
    app: BenchApp,
    parts: { teller: MeasuredProcess; watchers: Crowd; driver: Crowd },
  ) {
    this.#settings = settings;
    this.#app = app;
    this.teller = parts.teller;
    this.#watchers = parts.watchers;
    this.#driver = parts.driver;
  }

  /** Starts it; resolves when all are subscribed. */
  static async start(settings: PresenceSettings, app: BenchApp): Promise<FloorScene> {
    const teller = await MeasuredProcess.start(new URL('./floor.js', import.meta.url), []);
    try {
      const target = { host: '127.0.0.1', port: teller.port };
      const watcherIds = Array.from({ length: settings.watchers }, (_, i) => watcherIdOf(i));
      const watchers = await Crowd.logIn(app, watcherIds, target);
      await subscribe(settings, watchers);
      const driver = await Crowd.logIn(app, ['driver'], target);
      return new FloorScene(settings, app, { teller, watchers, driver });
    } catch (error) {
      await teller.kill();
      throw error;
    }
  }

  countIn(deliveries: Deliveries): void {
    this.#watchers.onMessage = (payload) => deliveries.received(payload);
  }

  change(change: number): void {
    const user = change % this.#settings.users;
    const frame = frameOf(this.#app, user, change);
    const message = new Uint8Array(1 + frame.length);
    message[0] = groupOfUser(this.#settings, user);
    message.set(frame, 1);
    this.#driver.sockets[0]?.write(maskedMessage(2, message));
  }

  get failures(): number {
    return this.#watchers.lostCount + this.#driver.lostCount;
  }

  async stop(): Promise<void> {
    this.#watchers.cut();
    this.#driver.cut();
    await this.teller.kill();
  }
}

async function subscribe(settings: PresenceSettings, watchers: Crowd): Promise<void> {
  await new Promise<void>((resolve) => {
    let left = 0;
    watchers.onMessage = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (const [i, socket] of watchers.sockets.entries()) {
      const group = groupOfWatcher(settings, i);
      if (group === undefined) continue;
      left += 1;
      socket.write(maskedMessage(2, Uint8Array.of(group)));
    }
  });
}
