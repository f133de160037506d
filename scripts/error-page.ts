import { sdkCodes } from '../client/gatehouse-error.ts';
import {
  answerCodes,
  closeCodes,
  isFinal,
  type AnswerCodeName,
  type CloseCodeName,
  type Retry,
} from '../protocol/codes.ts';

/** Whose doing a code is, and so who can end it. */
const causers = {
  application: 'the application',
  user: "the user on another device, or the app's back end",
  device: 'the device or its browser',
  backEnd: "the app's back end, which makes the tickets",
  operator: "the operator's settings",
  service: 'a fault or a pause of the gateway, its Redis or what it asks',
  network: 'the network',
} as const;

type Causer = keyof typeof causers;

const answerCausers: Readonly<Record<AnswerCodeName, Causer>> = {
  notLoggedIn: 'application',
  userNotVisible: 'operator',
  invalidParameters: 'application',
  loggedOutBeforeLoginFinished: 'application',
  userSigExpired: 'application',
  kickedOffByOther: 'user',
  invalidUserId: 'application',
  tooManyCalls: 'application',
  notSupported: 'operator',
  loginInProcess: 'application',
  logoutInProcess: 'application',
  ticketExpired: 'backEnd',
  ticketEmpty: 'application',
  ticketMalformed: 'application',
  ticketFieldsInvalid: 'backEnd',
  ticketForged: 'backEnd',
  ticketUserMismatch: 'application',
  ticketAppMismatch: 'application',
  appKeyNotFound: 'operator',
  appNotFound: 'application',
  tooManyFailures: 'application',
  ticketNotValidYet: 'backEnd',
  kickWar: 'user',
  registryUnavailable: 'service',
  internalError: 'service',
  presenceOff: 'operator',
  visibilityUnknown: 'service',
};

const closeCausers: Readonly<Record<CloseCodeName, Causer>> = {
  goingAway: 'service',
  loginTimeout: 'application',
  slowConsumer: 'network',
  internalError: 'service',
  kicked: 'user',
  replaced: 'user',
  ticketExpired: 'application',
  badFrame: 'application',
  tooManyFailures: 'application',
  tooManyFrames: 'application',
};

const sdkCausers: Readonly<Record<string, Causer>> = {
  noWebSocket: 'application',
  requestTimeout: 'network',
  destroyed: 'application',
  storeFailed: 'device',
  noNetwork: 'network',
  linkLost: 'network',
  noTicket: 'application',
  connectionRefused: 'operator',
};

/** What each code of the SDK's own means, and what to do. */
const sdkTexts: Readonly<Record<string, string>> = {
  noWebSocket:
    'there is no WebSocket in this place: give `createClient` one, in Node 20 that of the package `ws`',
  requestTimeout: 'no answer came in time: the link is being looked at, try again',
  destroyed: 'the client was destroyed: make another one',
  storeFailed:
    'the store of conversations and messages failed; `cause` has its error, a full disk for example',
  noNetwork:
    'there is no link to the gateway now: the SDK is mending it, or the login has given up trying',
  linkLost: 'the link broke before the answer came: whether the call took effect is not known',
  noTicket: '`getTicket` failed or has no ticket any more; `cause` has its error',
  connectionRefused:
    'the gateway refuses the connection before any login: the address is wrong, or the origin of the page is not on its list',
};

const advice = {
  never: 'Final: the same call fails again until something is changed.',
  later: 'Passes: the same call may work later, after `retryAfterMs` where that is not 0.',
  newTicket: 'Get a new UserSig, then log in or renew with it, once.',
} as const satisfies Record<Retry, string>;

/** docs/errors.md: every code that GatehouseError may have, for who meets one and asks what to do. */
export function errorPage(): string {
  const sections = [
    "# Error codes\n\nGenerated from the code tables by `npm run docs`. `GatehouseError.docs` points to a heading of this page. Numbers and\nmeanings of answer codes are Tencent Chat's.",
    '## Answers of the gateway',
    ...Object.entries(answerCodes).map(([name, { code, text, retry, tencent }]) =>
      section(code, name, [
        sentence(text),
        causedBy(answerCausers[name as AnswerCodeName]),
        advice[retry],
        `Tencent's symbol: \`${tencent}\`.`,
      ]),
    ),
    '## Raised by the SDK',
    ...ownCodes().map(({ code, name, retry }) =>
      section(code, name, [sentence(textOf(name)), causedBy(sdkCausers[name]), advice[retry]]),
    ),
    '## Ends of a connection',
    ...Object.entries(closeCodes).map(([name, { code, text }]) =>
      section(code, name, [
        sentence(text),
        causedBy(closeCausers[name as CloseCodeName]),
        isFinal(code) ? final : comesBack,
      ]),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

const final = 'Final: nothing happens until the application logs in.';
const comesBack = 'Passes: the SDK comes back by itself.';

function section(code: number, name: string, sentences: readonly string[]): string {
  return `### ${code} ${name}\n\n${sentences.join(' ')}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function causedBy(causer: Causer | undefined): string {
  if (causer === undefined) throw new Error('a code of the SDK has no causer');
  return `Whose doing: ${causers[causer]}.`;
}

function textOf(name: string): string {
  const text = sdkTexts[name];
  if (text === undefined) throw new Error(`the code ${name} of the SDK has no text`);
  return text;
}

function ownCodes(): { code: number; name: string; retry: Retry }[] {
  return sdkCodes
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([code, name = '', retry = 'never']) => ({
      code: Number(code),
      name,
      retry: retry as Retry,
    }));
}
