import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerCodes, closeCodes, isFinal } from '../../protocol/codes.ts';
import { frames } from '../../protocol/frames.ts';
import { generatedFiles } from '../../scripts/generated-files.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const page = read('protocol/PROTOCOL.md');
/** All tests but this file, which names everything. */
const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('contract.test.ts'))
  .map((path) => read(join('test', path)))
  .join('\n');

const rulePattern =
  /\b(CONN|FRAME|TICKET|LOGIN|SWITCH|LOGOUT|RENEW|KICK|REVOKE|BAN|PRESENCE|PUSH|CLOSE|DRAIN)-\d+\b/g;
const rules = [...page.matchAll(/^- \*\*([A-Z]+-\d+)\*\*/gm)].map(([, rule]) => rule as string);

describe('the contract', () => {
  it.each([...generatedFiles(read).keys()])('%s is fresh (else run: npm run docs)', (path) => {
    expect(read(path)).toBe(generatedFiles(read).get(path));
  });

  it('numbers each rule once', () => {
    expect(rules.length).toBeGreaterThan(30);
    expect(new Set(rules).size).toBe(rules.length);
  });

  it('has a test for every rule', () => {
    const cited = new Set(
      [...tests.matchAll(/\[([A-Z]+-\d+)(?:, [A-Z]+-\d+)*\]/g)].flatMap(
        ([text]) => text.match(rulePattern) ?? [],
      ),
    );
    expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
  });

  it('cites only rules that stand on the page', () => {
    const sources = ['gateway', 'protocol', 'bench']
      .flatMap((room) =>
        readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) =>
          join(room, path),
        ),
      )
      .filter((path) => /\.(ts|lua)$/.test(path))
      .map(read);
    const cited = [page, tests, ...sources].join('\n').match(rulePattern) ?? [];
    expect(cited.filter((rule) => !rules.includes(rule))).toEqual([]);
  });

  it('uses no frame or code number twice', () => {
    const types = Object.values(frames).map(({ type }) => type);
    const codes = [...Object.values(answerCodes), ...Object.values(closeCodes)].map(
      ({ code }) => code,
    );
    expect(new Set(types).size).toBe(types.length);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('keeps frame types in the ranges of their kinds', () => {
    for (const { type, kind } of Object.values(frames)) {
      const [from, to] = { request: [1, 31], reply: [32, 63], push: [64, 127] }[kind];
      expect(type).toBeGreaterThanOrEqual(from as number);
      expect(type).toBeLessThanOrEqual(to as number);
    }
  });

  it('[CLOSE-1] tells by the range of a close code whether the client may come back by itself', () => {
    expect(
      Object.values(closeCodes)
        .map(({ code }) => code)
        .filter(isFinal),
    ).toEqual([4500, 4501, 4502, 4503, 4504, 4505]);
    expect([4000, 4001, 4499, 5000].some(isFinal)).toBe(false);
    expect([4500, 4999].every(isFinal)).toBe(true);
  });
});
