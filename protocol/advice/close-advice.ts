import type { CloseCodeName } from '../codes.ts';
import type { Advice } from './advice.ts';

const comesBack = 'Comes back by itself after a random wait that grows with each try.';
const staysAway =
  'Ends the session with the reason `refused`, tells `error`, and stays away until `login()`.';

/** Advice for each close code. */
export const closeAdvice: Readonly<Record<CloseCodeName, Advice>> = {
  goingAway: {
    causedBy: ['operator'],
    developer: 'Nothing: the node is stopped or replaced.',
    operator:
      '`drain.windowS` is over how long clients are sent away, `drain.reconnectSpreadS` over how long they come back.',
    sdk: 'Comes back by itself after the delay it was told.',
  },
  loginTimeout: {
    causedBy: ['application', 'network'],
    developer:
      'A client of your own: fetch the ticket before you connect, and send the login as the first frame.',
    operator: '`sockets.loginDeadlineS` sets how long a connection may stay without a login.',
    sdk: `Has its ticket before it connects. ${comesBack}`,
  },
  slowConsumer: {
    causedBy: ['network', 'application'],
    developer:
      'Do little in the listeners of `statusChanged`, or watch fewer users. The client sees 1006: not even a close frame would get through to it.',
    operator:
      '`sockets.maxBufferedBytes` is how much may wait for a client. `gatehouse_closes_total` counts these ends as `slowConsumer`.',
    sdk: comesBack,
  },
  internalError: {
    causedBy: ['gateway'],
    developer: 'Nothing.',
    operator: 'The log has the error. It is a bug: please report it.',
    sdk: comesBack,
  },
  kicked: {
    causedBy: ['user', 'back end'],
    developer:
      'The same as for [6208](#6208-kickedoffbyother): show who took the place, and log in again only when the user asks for it.',
    operator: '`policy` and `limits` say which devices of a user may be online together.',
    sdk: 'Tells `kickedOffline` and stays away until `login()`.',
  },
  replaced: {
    causedBy: ['user', 'application'],
    developer:
      'Nothing where one device came back. Where two clients end each other so, they share an `instanceId`: give each its own.',
    sdk: 'Ends the session with the reason `replaced` and stays away until `login()`.',
  },
  ticketExpired: {
    causedBy: ['application', 'back end'],
    developer:
      'Give `login()` a `getTicket`, or call `renew()` at `userSigExpiring` or in the grace time.',
    operator: '`ticket.graceS` is how long a connection stays after the end of its ticket.',
    sdk: 'With `getTicket` it asks for a new ticket and comes back. Without one the session ends with the reason `expired`.',
  },
  badFrame: {
    causedBy: ['application', 'network'],
    developer:
      'A client of your own: compare what it sends with [vectors.json](../protocol/vectors.json).',
    operator: '`gatehouse_bad_frames_total` counts them: a scanner, or a client with a fault.',
    sdk: staysAway,
  },
  tooManyFailures: {
    causedBy: ['application', 'back end'],
    developer:
      'The same as for [70050](#70050-toomanyfailures): do not repeat a login that was refused.',
    operator: '`sockets.maxFailedLogins` sets how many.',
    sdk: staysAway,
  },
  tooManyFrames: {
    causedBy: ['application'],
    developer: 'Look for a loop: no call should need so many frames.',
    operator: '`sockets.frameBurst` and `sockets.framesPerS` set how many.',
    sdk: staysAway,
  },
};
