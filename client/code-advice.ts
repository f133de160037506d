import type { Advice } from '../protocol/advice/advice.ts';

/** What docs/errors.md says of a code that the SDK alone raises. */
export interface OwnCode {
  /** What it means, as in the tables of the protocol: no capital, no full stop. */
  readonly text: string;
  /** Tencent's symbol for the number. */
  readonly tencent: string;
  readonly advice: Advice;
}

/** The codes of `sdkCodes` by name. Nothing that runs imports it. */
export const ownCodes: Readonly<Record<string, OwnCode>> = {
  noWebSocket: {
    text: 'there is no WebSocket in this place',
    tencent: "a module is missing, in Tencent's web SDK",
    advice: {
      causedBy: ['application'],
      developer: 'Give `createClient()` a `WebSocket`: in Node 20 that of the package `ws`.',
      sdk: 'Throws from `createClient()`.',
    },
  },
  requestTimeout: {
    text: 'no answer came in time',
    tencent: 'ERR_REQUEST_TIME_OUT',
    advice: {
      causedBy: ['network', 'operator'],
      developer:
        'Call again; the first call may have taken effect. `timing.answerWithinMs` sets how long the SDK waits.',
      operator: 'Look at the load of the node and at what stands between it and its clients.',
      sdk: 'Rejects the call. A `login()` is tried again for 30 s, a return without end.',
    },
  },
  destroyed: {
    text: 'the client was destroyed',
    tencent: 'the SDK is not initialised',
    advice: {
      causedBy: ['application'],
      developer: 'Call `createClient()` again, or `logout()` in the place of `destroy()`.',
      sdk: 'Rejects every call.',
    },
  },
  storeFailed: {
    text: 'the store of conversations and messages failed',
    tencent: 'ERR_DATABASE_OPERATE_FAILED',
    advice: {
      causedBy: ['device'],
      developer:
        'Look at `cause`: the disk is full, or the browser allows no storage. Go on without what was kept.',
      sdk: 'Rejects the call; login and link know nothing of it.',
    },
  },
  noNetwork: {
    text: 'there is no link to the gateway now',
    tencent: 'ERR_REQ_NO_NET_ON_REQ',
    advice: {
      causedBy: ['network', 'operator'],
      developer: 'Show that the user is offline, and call again after `connected`.',
      operator: 'See that the address leads to a node: DNS, TLS, the load balancer, `/readyz`.',
      sdk: 'Mends the link by itself. Calls meanwhile are rejected at once; `login()` tries for 30 s.',
    },
  },
  linkLost: {
    text: 'the link broke before the answer came: whether the call took effect is not known',
    tencent: 'ERR_REQ_NO_NET_ON_RSP',
    advice: {
      causedBy: ['network'],
      developer: 'Call again after `connected`; look first where twice would be too much.',
      sdk: 'Rejects the call and mends the link by itself. It repeats nothing but logins and renewals.',
    },
  },
  noTicket: {
    text: '`getTicket` failed, or has no ticket any more',
    tencent: 'ERR_AUTOLOGIN_NEED_USERSIG',
    advice: {
      causedBy: ['back end', 'application'],
      developer:
        'Look at `cause`. Reject in `getTicket` while your back end is away; answer `null` only when the user has to sign in anew.',
      operator: 'See that the back end answers requests for tickets.',
      sdk: 'Rejects the first `login()`. For a session that was online it asks again after a rejection; after `null` the session ends with the reason `expired`.',
    },
  },
  connectionRefused: {
    text: 'the gateway refuses the connection before any login',
    tencent: 'ERR_SDK_NET_CONN_REFUSE',
    advice: {
      causedBy: ['operator', 'application'],
      developer:
        'Compare `url` with the address of the gateway: its path is `/`, and a secure page needs `wss://`.',
      operator: 'Name the origin of the page: `--origin`.',
      sdk: 'Rejects `login()`; on a return it ends the session with the reason `refused`. Browsers do not tell a refusal from a lost network: there it is 6200.',
    },
  },
};
