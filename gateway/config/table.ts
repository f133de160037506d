import { configKeys, type ConfigKey } from './keys.ts';

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|');

function row(key: ConfigKey): string {
  const flags =
    key.kind === 'boolean' ? key.flags : key.flags.map((flag) => `${flag} ${hint(key)}`);
  return [
    code(key.path),
    flags.map(code).join(', ') || 'file only',
    key.env === '' ? '' : code(key.env),
    cell(key.defaultText),
    `${cell(key.meaning)} (${cell(key.shape)})`,
  ].join(' | ');
}

/** What stands behind a flag in help texts. */
export function hint(key: ConfigKey): string {
  if (key.kind === 'number') return 'N';
  if (key.kind === 'apps') return 'ID:SECRET';
  if (key.path.endsWith('File')) return 'FILE';
  if (key.path.endsWith('url')) return 'URL';
  if (key.kind === 'list') return 'TEXT ...';
  return 'TEXT';
}

/** The whole configuration as a Markdown table, one key a row, in the order of the schema. */
export function configTable(): string {
  return [
    '| key in the file | flag | environment | default | meaning |',
    '|---|---|---|---|---|',
    ...configKeys.map((key) => `| ${row(key)} |`),
    '',
  ].join('\n');
}
