/** Bounds of what one session may ask of presence (rules PRESENCE-4, PRESENCE-5). */
export interface PresenceSettings {
  readonly usersPerWatch: number;
  readonly usersPerQuery: number;
  /** Beyond it the oldest watch of a session is dropped. */
  readonly watchesPerSession: number;
  /** In 5 s. */
  readonly maxCalls: number;
}
