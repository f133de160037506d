import type { AnswerCodeName } from '../codes.ts';
import type { Advice } from './advice.ts';

const rejects = 'Rejects the call and does not repeat it.';
const refusesLogin =
  'Rejects `login()`. On a return after a lost link it ends the session with the reason `refused` and tells `error`.';
const fetchesTicket =
  'With `getTicket` it asks for a new ticket and logs in with that, at most three times in a row. Without one it rejects `login()`; on a return the session ends with the reason `expired`.';
const triesAgain =
  'Waits as long as it is told and tries again: `login()` for 30 s, the return of a session without end. Other calls are rejected with `retryAfterMs`.';

/** Advice for each answer code. */
export const answerAdvice: Readonly<Record<AnswerCodeName, Advice>> = {
  notLoggedIn: {
    causedBy: ['application'],
    developer:
      'Wait for the promise of `login()` before any other call. Without a login only what the store keeps can be read.',
    sdk: 'Rejects the call before anything is sent.',
  },
  userNotVisible: {
    causedBy: ['operator', 'back end'],
    developer:
      'Show no status for this user. She stands in `refused` of `watch()` and `query()`; the others are answered.',
    operator:
      '`presence.visibility` says who may see whom: by default users of one app. With `callback` your back end decides.',
    sdk: 'Hands the user over in `refused` and keeps no watch of her.',
  },
  invalidParameters: {
    causedBy: ['application'],
    developer:
      'Change the field that the message names. A `watch()` names 100 users, a `query()` 500, and nobody watches herself.',
    operator: '`presence.usersPerWatch` and `presence.usersPerQuery` may allow less than that.',
    sdk: 'Rejects what it sees itself before anything is sent: a login without a ticket, users in no array, a request that is too long.',
  },
  loggedOutBeforeLoginFinished: {
    causedBy: ['application'],
    developer: 'Nothing: `logout()` was called while `login()` ran. Expect it there.',
    sdk: 'Rejects the promise of that login; nobody stays logged in.',
  },
  userSigExpired: {
    causedBy: ['application', 'back end'],
    developer:
      'Give `login()` a `getTicket`, or call `renew()` with a new UserSig at `userSigExpiring`. In the grace time `renew()` and `login()` still put it right.',
    operator:
      '`ticket.warnS` and `ticket.graceS` set how long before the end the client is warned and how long after it may renew.',
    sdk: 'With `getTicket` it asks for a new ticket and renews with it. Without one it tells `userSigExpired`; the session ends with the reason `expired` after the grace time.',
  },
  kickedOffByOther: {
    causedBy: ['user', 'back end'],
    developer:
      'Show who took the place (`kickedOffline` names the platform) and a button. Log in again only when the user asks for it.',
    operator:
      '`policy` and `limits` say which devices of a user may be online together. `kickedReturn` set to `allow` lets kicked devices come back by themselves.',
    sdk: 'Tells `kickedOffline` and stays away until `login()`.',
  },
  invalidUserId: {
    causedBy: ['application'],
    developer:
      'Use 1-32 characters of letters, digits, `_` and `-`. Map other names to such ones in your back end.',
    sdk: 'Rejects a `login()` with such a name before anything is sent.',
  },
  tooManyCalls: {
    causedBy: ['application'],
    developer:
      'Name many users in one call: a session has 20 calls of `setStatus()`, `watch()`, `unwatch()` and `query()` together in 5 s, and 20 of `sendMessage()`.',
    operator: '`presence.maxCalls` and `pushes.maxSends` set how many.',
    sdk: 'Rejects the call with `retryAfterMs`. Only what it restores itself after a lost link it asks for again.',
  },
  notSupported: {
    causedBy: ['application', 'operator'],
    developer:
      'Use an SDK that is no newer than the gateway. A client of your own: see the types of frames.',
    operator:
      'Update the nodes before the clients. `sendMessage()` is refused so as long as `userMessages` is `off`.',
    sdk: rejects,
  },
  loginInProcess: {
    causedBy: ['application'],
    developer: 'Wait for the promise of the first `login()`, or call `logout()` to give it up.',
    sdk: 'Rejects the second call at once; the first goes on.',
  },
  logoutInProcess: {
    causedBy: ['application'],
    developer: 'Wait for the promise of `logout()`.',
    sdk: 'Rejects the second call at once; the logout goes on.',
  },
  ticketExpired: {
    causedBy: ['application', 'back end'],
    developer:
      'Have `getTicket` fetch a ticket each time it is asked. Do not keep tickets for later logins.',
    operator:
      'When fresh tickets are refused, compare the clocks of back end and nodes. `gatehouse ticket inspect` says when a ticket ends.',
    sdk: fetchesTicket,
  },
  ticketEmpty: {
    causedBy: ['application'],
    developer: 'Look at what your back end answered: the request for the ticket has failed unseen.',
    sdk: refusesLogin,
  },
  ticketMalformed: {
    causedBy: ['application', 'back end'],
    developer:
      'Hand the ticket over as it was made: not decoded, quoted, wrapped or cut off. 1024 characters are the most.',
    operator: '`gatehouse ticket inspect` says where it is damaged.',
    sdk: refusesLogin,
  },
  ticketFieldsInvalid: {
    causedBy: ['back end'],
    developer:
      "Make tickets with Tencent's libraries `tls-sig-api-v2`. Tickets of the older version 1 are none.",
    operator: '`gatehouse ticket inspect` names the field.',
    sdk: refusesLogin,
  },
  ticketForged: {
    causedBy: ['back end', 'operator'],
    developer:
      'Nothing in the client: the back end signs with a key that the gateway does not have.',
    operator:
      'Compare the secret in the back end with `apps[].keys` on every node. When a key is exchanged keep both until the tickets of the old one have ended.',
    sdk: refusesLogin,
  },
  ticketUserMismatch: {
    causedBy: ['application', 'back end'],
    developer:
      'Fetch the ticket for the `userID` that logs in: after an account switch for the second user.',
    operator: '`gatehouse ticket inspect` says whose ticket it is.',
    sdk: refusesLogin,
  },
  ticketAppMismatch: {
    causedBy: ['application', 'back end'],
    developer:
      'Use one SDKAppID in `createClient()` and in the back end. Mixed up are often test and production.',
    operator: '`gatehouse ticket inspect` says which app it is of.',
    sdk: refusesLogin,
  },
  appKeyNotFound: {
    causedBy: ['operator'],
    developer: 'Nothing in the client.',
    operator: 'Give the app a key that holds: `apps[].keys`, with a later `endsAt` or none.',
    sdk: refusesLogin,
  },
  appNotFound: {
    causedBy: ['application', 'operator'],
    developer: 'Compare the `sdkAppId` of `createClient()` with the one you were given.',
    operator: 'Name the app on every node: `--app`, or `apps` in the file.',
    sdk: refusesLogin,
  },
  tooManyFailures: {
    causedBy: ['application', 'back end'],
    developer:
      'Do not repeat a login that was refused: the code before this one says what to change. Close 4504 follows.',
    operator:
      '`sockets.maxFailedLogins` sets how many. `gatehouse_refusals_total` counts refusals by their code.',
    sdk: refusesLogin,
  },
  userBanned: {
    causedBy: ['back end', 'operator'],
    developer: 'Tell the user. The message has the time when the ban ends, if it does.',
    operator:
      'Your back end or one of you has banned this user. `gatehouse status` tells until when, `gatehouse unban` lifts the ban.',
    sdk: refusesLogin,
  },
  ticketInvalid: {
    causedBy: ['back end', 'operator'],
    developer:
      'Let the user sign in again with your back end, which makes a new UserSig. Do not fetch one by yourself: the back end has ended the old ones on purpose.',
    operator:
      'The message says which it was. After a revocation a new UserSig of the same second needs another life, and a clock of the back end that is behind makes more that are too old. Dated in the future: set the clocks of the back end and the nodes (NTP); `ticket.clockToleranceS` is how far they may be apart.',
    sdk: refusesLogin,
  },
  kickWar: {
    causedBy: ['user', 'application'],
    developer:
      'Show that the account is in use elsewhere. Call `login()` only when the user asks for it, never in answer to a kick.',
    operator:
      'One log line names the devices; see [kick-wars.md](kick-wars.md). `evictions.burst` and `evictions.perMinute` set the bounds.',
    sdk: 'Tells `error` and waits, twice as long each time and never less than it is told. A `login()` before that time is rejected without being sent.',
  },
  registryUnavailable: {
    causedBy: ['operator', 'network'],
    developer: 'Nothing: it passes. Who is logged in stays logged in.',
    operator:
      '`/readyz` and the log say what is wrong with Redis; see [redis.md](redis.md). `redis.commandTimeoutMs` is how long a call waits.',
    sdk: triesAgain,
  },
  internalError: {
    causedBy: ['gateway'],
    developer: 'Nothing: try again after the delay. In the midst of a login close 4003 follows.',
    operator:
      'The log has the error at the line "a request failed". It is a bug: please report it.',
    sdk: triesAgain,
  },
  presenceOff: {
    causedBy: ['operator'],
    developer: 'Show no presence. `setStatus()` works all the same.',
    operator: 'Set `presence.visibility` to something else than `nobody`.',
    sdk: rejects,
  },
  messageRefused: {
    causedBy: ['back end'],
    developer: 'Tell the user that the message was not sent. Your back end decides which may be.',
    operator: 'With `userMessages` set to `callback` it is asked at `pushes.callbackUrl`.',
    sdk: rejects,
  },
  visibilityUnknown: {
    causedBy: ['back end'],
    developer:
      'Ask again for this user after `retryAfterMs`; the others were answered. A message was not sent: send it again.',
    operator:
      'See that `presence.callbackUrl` answers within `presence.callbackTimeoutMs`, and `pushes.callbackUrl` within `pushes.callbackTimeoutMs`. `gatehouse_presence_callback_failures_total` and `gatehouse_push_callback_failures_total` count when they do not.',
    sdk: 'Hands the user over in `refused`, or rejects `sendMessage()`. Only watches it restores itself after a lost link it asks for again.',
  },
};
