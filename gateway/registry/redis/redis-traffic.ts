import { noTraffic, type AppTraffic, type DayTraffic, type Traffic } from '../traffic.ts';
import type { Connections } from './connection.ts';
import type { Keys } from './keys.ts';
import type { CallParts } from './script-calls.ts';
import type { Scripts } from './scripts.ts';

/**
 * What this node tells the others of its traffic, an app at a time: with a beat and when there is news, so that idle
 * sessions cost nothing. Logins of the last seconds of a node that dies are not counted.
 */
export class RedisTraffic implements Traffic {
  readonly #connections: Connections;
  readonly #scripts: Scripts;
  readonly #keys: Keys;
  readonly #nodeId: string;
  /** Logins by app that nobody has been told of. */
  readonly #logins = new Map<number, number>();
  /** Sessions by app, as they were told last. */
  readonly #told = new Map<number, number>();
  #isTelling = false;

  constructor({ connections, scripts, keys }: CallParts, nodeId: string) {
    this.#connections = connections;
    this.#scripts = scripts;
    this.#keys = keys;
    this.#nodeId = nodeId;
  }

  /** A login was registered. */
  loggedIn(sdkAppId: number): void {
    this.#logins.set(sdkAppId, (this.#logins.get(sdkAppId) ?? 0) + 1);
  }

  /** Redis may have lost what it was told. */
  doubt(): void {
    this.#told.clear();
  }

  /** Tells the news, if there are any. Never rejects: what fails is told with a later beat. */
  async tell(sessionsByApp: ReadonlyMap<number, number>): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (const [sdkAppId, sessions] of sessionsByApp) {
      const logins = this.#logins.get(sdkAppId) ?? 0;
      if (logins === 0 && sessions === (this.#told.get(sdkAppId) ?? 0)) continue;
      this.#logins.delete(sdkAppId);
      try {
        await this.#run(sdkAppId, sessions, logins);
        this.#told.set(sdkAppId, sessions);
      } catch {
        // It may have happened, and is then counted twice: that is better than not at all.
        this.#logins.set(sdkAppId, logins + (this.#logins.get(sdkAppId) ?? 0));
      }
    }
    this.#isTelling = false;
  }

  /** Rejects with StoreFault. */
  async ofApp(sdkAppId: number): Promise<AppTraffic> {
    const key = this.#keys.traffic(sdkAppId);
    const fields = await this.#connections.ask('hgetall', key);
    return parseTraffic(fields as Readonly<Record<string, string>>);
  }

  async #run(sdkAppId: number, sessions: number, logins: number): Promise<void> {
    await this.#connections.run(
      this.#scripts.traffic,
      this.#keys.traffic(sdkAppId),
      this.#keys.leases,
      this.#nodeId,
      String(sessions),
      String(logins),
    );
  }
}

function parseTraffic(fields: Readonly<Record<string, string>>): AppTraffic {
  const days = new Map<number, DayTraffic>();
  for (const [field, text] of Object.entries(fields)) {
    const [kind, day] = [field.slice(0, 1), Number(field.slice(1))];
    const before = days.get(day) ?? noTraffic;
    if (kind === 'l') days.set(day, { ...before, logins: Number(text) });
    if (kind === 'p') days.set(day, { ...before, peakSessions: Number(text) });
  }
  return days;
}
