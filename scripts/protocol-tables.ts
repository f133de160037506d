import { answerCodes, closeCodes, isFinal } from '../protocol/codes.ts';
import { frames, type FrameDefinition } from '../protocol/frames.ts';

const retryWords = { never: 'never', later: 'later', newTicket: 'new ticket' } as const;

/** The generated parts of PROTOCOL.md by the name in their markers. */
export function protocolTables(): ReadonlyMap<string, string> {
  return new Map([
    ['frames', frameTables()],
    ['answer codes', answerCodeTable()],
    ['close codes', closeCodeTable()],
  ]);
}

function frameTables(): string {
  return Object.entries(frames)
    .sort(([, a], [, b]) => a.type - b.type)
    .map(([name, definition]) => frameTable(name, definition))
    .join('\n\n');
}

function frameTable(name: string, frame: FrameDefinition): string {
  const direction = frame.from === 'client' ? 'client to gateway' : 'gateway to client';
  const head = `**\`${name}\`** — type ${frame.type}, ${frame.kind}, ${direction}. ${frame.doc}`;
  const rows = Object.entries(frame.fields).map(([field, { shape, doc, fallback }], index) => {
    const missing = fallback === undefined ? 'required' : `\`${JSON.stringify(fallback)}\``;
    return `| ${index + 2} | ${field} | ${shape} | ${missing} | ${doc} |`;
  });
  if (rows.length === 0) return `${head} No fields.`;
  return [
    head,
    '',
    '| # | field | shape | if missing | meaning |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function answerCodeTable(): string {
  const rows = Object.entries(answerCodes)
    .sort(([, a], [, b]) => a.code - b.code)
    .map(
      ([name, { code, tencent, retry, text }]) =>
        `| ${code} | ${name} | ${retryWords[retry]} | ${text} | ${tencent} |`,
    );
  return [
    "| code | name | retry | meaning | Tencent's symbol |",
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function closeCodeTable(): string {
  const rows = Object.entries(closeCodes)
    .sort(([, a], [, b]) => a.code - b.code)
    .map(
      ([name, { code, text }]) =>
        `| ${code} | ${name} | ${isFinal(code) ? 'final' : 'reconnect'} | ${text} |`,
    );
  return ['| code | name | then | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/**
 * Puts fresh text between the markers `<!-- generated: NAME -->` and `<!-- end -->`.
 * @throws when the page has a marker without a generator, or lacks one
 */
export function fillGenerated(page: string, parts: ReadonlyMap<string, string>): string {
  const missing = new Set(parts.keys());
  const filled = page.replaceAll(
    /<!-- generated: (.+?) -->[\s\S]*?<!-- end -->/g,
    (_whole, name: string) => {
      const text = parts.get(name);
      if (text === undefined) throw new Error(`nothing generates "${name}"`);
      missing.delete(name);
      return `<!-- generated: ${name} -->\n${text}\n<!-- end -->`;
    },
  );
  if (missing.size > 0) throw new Error(`the page has no place for: ${[...missing].join(', ')}`);
  return filled;
}
