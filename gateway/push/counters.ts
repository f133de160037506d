/** What this node has done with pushes since its start, as plain numbers; metrics read them when somebody scrapes. */
export class PushCounters {
  /** Frames handed to sockets, one for each session. */
  sent = 0;
  /** Pushes for a session of this node that was gone, had no link, or read too slowly. */
  dropped = 0;
  /** Pushes that clients had missed and got when they came back. */
  recovered = 0;
  /** Clients that came back and could not be given what they had missed. */
  unrecovered = 0;
  /** Messages of users to others that were sent on. */
  userMessages = 0;
  /** Calls to the app's back end about whether one may be. */
  callbacks = 0;
  /** Of these, those without a usable answer, and those there was no room for. */
  callbackFailures = 0;
  /** Pushes to everybody that were begun. */
  broadcasts = 0;
  /** Pushes to everybody that there was no room for: too many wait already. */
  droppedBroadcasts = 0;
}
