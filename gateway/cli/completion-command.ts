import type { Command } from 'commander';
import type { CliIo } from './io.ts';

const helpText = `
For bash, in ~/.bashrc:            source <(gatehouse completion)
For zsh, in ~/.zshrc:              autoload -U bashcompinit && bashcompinit && source <(gatehouse completion)`;

/** `gatehouse completion`: as commands and flags are known, so is what a shell completes. */
export function addCompletionCommand(program: Command, io: CliIo): void {
  program
    .command('completion')
    .description('Print a script with which bash or zsh completes commands and flags.')
    .addHelpText('after', helpText)
    .action(() => io.out(completionScript(program)));
}

/** What may follow a command: its commands and flags by the words that lead to it, each with a space before it. */
function wordsByPath(command: Command, path: string): readonly (readonly [string, string])[] {
  const names = command.commands.map((inner) => inner.name());
  // The second name of a flag stands where short ones do.
  const flags = command.options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
  const own = [path, [...names, ...flags, '--help'].join(' ')] as const;
  const inner = command.commands.flatMap((each) => wordsByPath(each, `${path} ${each.name()}`));
  return [own, ...inner];
}

function completionScript(program: Command): string {
  const all = wordsByPath(program, '');
  const paths = all.flatMap(([path]) => (path === '' ? [] : [`'${path}'`]));
  const cases = all.map(([path, words]) => `    '${path}') words='${words}' ;;`);
  return `_gatehouse() {
  local path='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${paths.join('|')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _gatehouse gatehouse
`;
}
