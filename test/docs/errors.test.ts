import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Client } from '../../client/client.ts';
import { ownCodes } from '../../client/code-advice.ts';
import { GatehouseError, sdkCodes } from '../../client/gatehouse-error.ts';
import { configTable } from '../../gateway/config/table.ts';
import { answerCodes, closeCodes } from '../../protocol/codes.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path));

const page = read('docs/errors.md');
const ofSdk = sdkCodes
  .trim()
  .split('\n')
  .map((line) => line.split(' '))
  .map(([code, name = '']) => ({ code: Number(code), name }));
const all = [
  ...[...Object.entries(answerCodes), ...Object.entries(closeCodes)].map(([name, { code }]) => ({
    code: code as number,
    name,
  })),
  ...ofSdk,
];

/** What a title of a test begins with, such as `[KICK-1] [4500, 6208] `: the rules and codes it cites. */
const citations = /(?<=['"`])(?:\[[A-Z0-9, -]+\] ?)+/g;

/** Tests in which clients meet gateway processes. */
const endToEnd = [...filesOf('test/e2e', '.ts'), ...filesOf('test/client/behaviour', '.ts')].map(
  (path) => {
    const text = read(path);
    const cited = (text.match(citations) ?? []).flatMap((title) =>
      [...title.matchAll(/\b\d{4,5}\b/g)].map(([code]) => Number(code)),
    );
    return { path, cited, body: text.replaceAll(citations, '') };
  },
);

describe('a code', () => {
  it.each(all)('$code $name is raised by an end-to-end test that cites and expects it', (entry) => {
    const { code, name } = entry;
    const citing = endToEnd.filter(({ cited }) => cited.includes(code));
    expect(citing, `no test in test/e2e has [${code}] in its title`).not.toEqual([]);
    const names = new RegExp(`\\b(${code}|${name})\\b`);
    for (const { path, body } of citing) expect(body, path).toMatch(names);
  });

  it('that no table has is cited nowhere', () => {
    const known = new Set(all.map(({ code }) => code));
    const cited = endToEnd.flatMap((file) => file.cited);
    expect(cited.filter((code) => !known.has(code))).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const headings = [...page.matchAll(/^###? (.*)$/gm)].map(([, text = '']) =>
    text.toLowerCase().replaceAll(' ', '-'),
  );
  const words = [...page.matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word);

  it('has one heading for each code, where the error of the SDK points to', () => {
    for (const { code } of all) {
      const { docs } = new GatehouseError(code, { message: '' });
      expect(headings.filter((heading) => `docs/errors.md#${heading}` === docs)).toHaveLength(1);
    }
    expect(headings.filter((heading) => /^\d/.test(heading))).toHaveLength(all.length);
  });

  it('links only to what is there', () => {
    for (const [, link = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
      const [path = '', anchor] = link.split('#');
      if (path === '') expect(headings, link).toContain(anchor);
      else expect(() => read(join('docs', path)), link).not.toThrow();
    }
  });

  it('names keys, flags and calls that exist', () => {
    const table = configTable();
    const keys = words.filter((word) => /^(?!timing\.)[a-z]+(\[\])?\.[a-zA-Z]+$/.test(word));
    const flags = words.filter((word) => word.startsWith('--'));
    expect(keys.length).toBeGreaterThan(20);
    for (const key of keys) expect(table, key).toContain(`| \`${key}\` |`);
    for (const flag of flags) expect(table, flag).toContain(`\`${flag} `);
    for (const word of words) {
      const [, call] = /^(\w+)\(\)$/.exec(word) ?? [];
      if (call === undefined || call === 'createClient') continue;
      expect(Client.prototype, word).toHaveProperty(call);
    }
  });

  it('has nothing to say of a code that the SDK does not have', () => {
    expect(Object.keys(ownCodes).sort()).toEqual(ofSdk.map(({ name }) => name).sort());
  });

  it('costs nothing at run time: no program loads what it is made of', () => {
    const sources = ['gateway', 'client', 'protocol'].flatMap((room) => filesOf(room, '.ts'));
    const loading = sources.filter((path) => /from '.*advice\.ts'/.test(read(path)));
    const own = /^(protocol\/advice\/.*|client\/code-advice\.ts)$/;
    expect(loading.filter((path) => !own.test(path))).toEqual([]);
  });
});
