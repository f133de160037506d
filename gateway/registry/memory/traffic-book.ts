import { isForgotten } from '../activity.ts';
import { noTraffic, type AppTraffic, type DayTraffic } from '../traffic.ts';

/** The logins and the most sessions of each app by day. */
export class TrafficBook {
  readonly #byApp = new Map<number, Map<number, DayTraffic>>();

  /** A login, and the sessions of the app with it. */
  loggedIn(sdkAppId: number, today: number, sessions: number): void {
    let days = this.#byApp.get(sdkAppId);
    if (days === undefined) this.#byApp.set(sdkAppId, (days = new Map()));
    const { logins, peakSessions } = days.get(today) ?? noTraffic;
    if (logins === 0) for (const day of days.keys()) if (isForgotten(day, today)) days.delete(day);
    days.set(today, { logins: logins + 1, peakSessions: Math.max(peakSessions, sessions) });
  }

  ofApp(sdkAppId: number): AppTraffic {
    return new Map(this.#byApp.get(sdkAppId));
  }
}
