import { ownCodes } from '../client/code-advice.ts';
import { sdkCodes, type Retry } from '../client/gatehouse-error.ts';
import type { Advice, Party } from '../protocol/advice/advice.ts';
import { answerAdvice } from '../protocol/advice/answer-advice.ts';
import { closeAdvice } from '../protocol/advice/close-advice.ts';
import {
  answerCodes,
  closeCodes,
  isFinal,
  type AnswerCodeName,
  type CloseCodeName,
} from '../protocol/codes.ts';

/** One code as the page tells it. */
interface Entry {
  readonly code: number;
  readonly name: string;
  readonly text: string;
  /** What may follow: a word for the overview and a sentence for the section. */
  readonly again: { readonly word: string; readonly sentence: string };
  /** Where the number comes from. */
  readonly origin: string;
  readonly advice: Advice;
}

const afterAnswer = {
  never: {
    word: 'final',
    sentence: 'Final: the same call fails again until something is changed.',
  },
  later: {
    word: 'passes',
    sentence: 'Passes: the same call may work later, after `retryAfterMs` where that is not 0.',
  },
  newTicket: {
    word: 'new ticket',
    sentence: 'Get a new UserSig, then log in or renew with it, once.',
  },
} as const satisfies Record<Retry, Entry['again']>;

const afterClose = {
  final: { word: 'final', sentence: 'Final: nothing happens until the application logs in.' },
  reconnect: { word: 'passes', sentence: 'Passes: come back with a new connection.' },
} as const satisfies Record<string, Entry['again']>;

const parties: Readonly<Record<Party, string>> = {
  application: 'the application',
  user: 'the user',
  'back end': "the app's back end",
  operator: 'the operator',
  network: 'the network',
  device: 'the device or its browser',
  gateway: 'the gateway itself',
};

const introduction = `# Error codes

Generated from the code tables by \`npm run docs\`. Every code is raised by an end-to-end test. \`GatehouseError.docs\` points to a heading of this page.

The **application** is the program that runs on the SDK, its **back end** makes the tickets (UserSigs), the **operator** runs the gateway and Redis. What
follows a code: *final*, nothing by itself, somebody has to change something; *passes*, the same again later; *new ticket*, the same again with a new UserSig.
An unknown code with a delay passes, one without is final; unknown close codes go by their range, 4000-4499 come back, 4500-4999 are final.
What the wire carries stands in [the protocol](../protocol/PROTOCOL.md), what the SDK tells in [client.md](client.md).`;

/** docs/errors.md: every code that an answer, a close or GatehouseError may have, for who meets one and asks what to do. */
export function errorPage(): string {
  const groups = [
    { title: 'Answers of the gateway', entries: answers() },
    { title: 'Ends of a connection', entries: closes() },
    { title: 'Raised by the SDK', entries: ofSdk() },
  ];
  const parts = [
    introduction,
    ...groups.flatMap(({ title, entries }) => {
      const sorted = entries.sort((a, b) => a.code - b.code);
      return [`## ${title}`, overview(sorted), ...sorted.map(section)];
    }),
  ];
  return `${parts.join('\n\n')}\n`;
}

function answers(): Entry[] {
  return (Object.keys(answerCodes) as AnswerCodeName[]).map((name) => {
    const { code, text, retry, tencent } = answerCodes[name];
    const again = afterAnswer[retry];
    return { code, name, text, again, origin: ofTencent(tencent), advice: answerAdvice[name] };
  });
}

function closes(): Entry[] {
  const origin = 'our own, in the range that RFC 6455 (7.4.2) leaves to applications.';
  return (Object.keys(closeCodes) as CloseCodeName[]).map((name) => {
    const { code, text } = closeCodes[name];
    const again = isFinal(code) ? afterClose.final : afterClose.reconnect;
    return { code, name, text, again, origin, advice: closeAdvice[name] };
  });
}

function ofSdk(): Entry[] {
  return sdkCodes
    .trim()
    .split('\n')
    .map((line) => {
      const [code, name = '', retry = 'never'] = line.split(' ');
      const own = ownCodes[name];
      if (own === undefined) throw new Error(`the code ${name} of the SDK has no advice`);
      const { text, tencent, advice } = own;
      const again = afterAnswer[retry as Retry];
      return { code: Number(code), name, text, again, origin: ofTencent(tencent), advice };
    });
}

function ofTencent(symbol: string): string {
  return symbol.startsWith('ERR_') ? `Tencent's \`${symbol}\`.` : `Tencent's (${symbol}).`;
}

function overview(entries: readonly Entry[]): string {
  const rows = entries.map(({ code, name, again, advice }) => {
    const link = `[${code} ${name}](#${code}-${name.toLowerCase()})`;
    return `| ${link} | ${namesOf(advice.causedBy, ', ')} | ${again.word} |`;
  });
  return ['| code | caused by | then |', '|---|---|---|', ...rows].join('\n');
}

function section({ code, name, text, again, origin, advice }: Entry): string {
  const { causedBy, developer, operator, sdk } = advice;
  const facts = [
    `**Caused by** ${namesOf(causedBy, ' or ')}.`,
    `**Again?** ${again.sentence}`,
    `**Developer:** ${developer}`,
    ...(operator === undefined ? [] : [`**Operator:** ${operator}`]),
    `**The SDK:** ${sdk}`,
    `**Number:** ${origin}`,
  ];
  return `### ${code} ${name}\n\n${sentence(text)}\n\n${facts.map((fact) => `- ${fact}`).join('\n')}`;
}

function namesOf(causes: readonly Party[], between: string): string {
  return causes.map((party) => parties[party]).join(between);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
