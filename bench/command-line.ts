/** The command line of this bench, for whoever reads its report; the secret of an app is not in it. */
export function commandLine(words: readonly string[] = process.argv.slice(2)): string {
  return ['npm run bench --', ...words.map(shown)].join(' ');
}

function shown(word: string, i: number, all: readonly string[]): string {
  const isApp = all[i - 1] === '--app' || word.startsWith('--app=');
  const open = isApp ? word.replace(/:.*$/, ':<secret>') : word;
  return /^[\w@%+=:,./-]+$/.test(open) ? open : `'${open.replaceAll("'", String.raw`'\''`)}'`;
}
