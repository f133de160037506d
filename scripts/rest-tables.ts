import { restCodes, ticketCodes } from '../gateway/admin/rest/codes.ts';
import type { Command } from '../gateway/admin/rest/command.ts';
import { commands } from '../gateway/admin/rest/commands.ts';
import { envelope } from '../gateway/admin/rest/reply.ts';
import { answerCodes } from '../protocol/codes.ts';

/** The generated parts of docs/rest.md by the name in their markers. */
export function restTables(): ReadonlyMap<string, string> {
  return new Map([
    ['rest commands', commands.map(commandPart).join('\n\n')],
    ['rest codes', codeTable()],
  ]);
}

function commandPart(command: Command): string {
  const { path, doc, bounds, callsPerS, maxBytes, request, response, codes, isPlain } = command;
  const numbers = codes.map((name) => restCodes[name].code).sort((a, b) => a - b);
  const inside = bounds === undefined ? '' : `${bounds}, `;
  return [
    `### \`${path}\``,
    '',
    doc,
    '',
    '```',
    `POST /v4/${path}`,
    request,
    '',
    envelopeOf(response, isPlain),
    '```',
    '',
    `Bounds: ${inside}${maxBytes.toLocaleString('en')} bytes, ${callsPerS} calls a second. Codes of its own: ${numbers.join(', ')}.`,
  ].join('\n');
}

function envelopeOf(response: string, isPlain = false): string {
  const fields = JSON.parse(response) as Readonly<Record<string, unknown>>;
  return JSON.stringify(envelope({ kind: 'done', isPlain, fields }));
}

function codeTable(): string {
  const own = Object.values(restCodes).map(({ code, text, tencent }) => ({ code, text, tencent }));
  const ofTickets = ticketCodes.map((name) => answerCodes[name]);
  const rows = [...own, ...ofTickets]
    .sort((a, b) => a.code - b.code)
    .map(({ code, text, tencent }) => `| ${code} | ${text} | ${tencent} |`);
  return ["| code | meaning | Tencent's symbol |", '|---|---|---|', ...rows].join('\n');
}
