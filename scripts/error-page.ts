import { sdkCodes } from '../client/gatehouse-error.ts';
import { answerCodes, closeCodes, isFinal, type Retry } from '../protocol/codes.ts';

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
    'the gateway refuses the connection before any login: the address, or the origin of the page, is wrong',
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
      section(code, name, [sentence(text), advice[retry], `Tencent's symbol: \`${tencent}\`.`]),
    ),
    '## Raised by the SDK',
    ...ownCodes().map(({ code, name, retry }) =>
      section(code, name, [sentence(textOf(name)), advice[retry]]),
    ),
    '## Ends of a connection',
    ...Object.entries(closeCodes).map(([name, { code, text }]) =>
      section(code, name, [sentence(text), isFinal(code) ? final : comesBack]),
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
