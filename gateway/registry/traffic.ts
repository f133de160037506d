/** How busy all nodes were with an app on one day. */
export interface DayTraffic {
  readonly logins: number;
  /** The most sessions at a time. */
  readonly peakSessions: number;
}

/** The traffic of an app by day, counted from 1970-01-01 in UTC; days without any may be missing. */
export type AppTraffic = ReadonlyMap<number, DayTraffic>;

/** A day on which nobody came. */
export const noTraffic: DayTraffic = { logins: 0, peakSessions: 0 };

/** How busy all nodes were, by app. */
export interface Traffic {
  /** Rejects when the store does not answer. */
  ofApp(sdkAppId: number): Promise<AppTraffic>;
}
