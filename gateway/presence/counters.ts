/** What presence has done on this node since its start, as plain numbers; metrics read them when somebody scrapes. */
export class PresenceCounters {
  /** Statuses of watched users that the registry told. */
  told = 0;
  /** Of these, those that were not newer than what was known. */
  stale = 0;
  /** Of these, those that said nothing of a user who was known, and were not believed at once. */
  doubted = 0;
  /** Changes that were merged into a later one of the same user before anybody was told. */
  coalesced = 0;
  /** Changes handed to sessions, one for each watcher; held ones without a link included. */
  notifications = 0;
  /** Calls to the app's back end about who may see whom. */
  callbacks = 0;
  /** Of these, those without a usable answer, and those there was no room for. */
  callbackFailures = 0;
}
