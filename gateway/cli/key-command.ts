import type { Command } from 'commander';
import { hashOfAdminKey, newAdminKey } from '../access/admin-key.ts';
import type { CliIo } from './io.ts';

const helpText = `
The key goes to whoever calls /v1 (GATEHOUSE_ADMIN_KEY for the commands of this program), and nowhere else. The hash goes
into the configuration of every node: as admin.key (GATEHOUSE_ADMIN_KEY) for a key that may do everything, or in
admin.keys with a name, scopes and apps. Nobody can make a key from its hash.`;

/** `gatehouse key new`. */
export function addKeyCommand(program: Command, io: CliIo): void {
  const group = program.command('key').description('Make keys for the admin API (/v1).');
  group
    .command('new')
    .description('Print a new key and its hash.')
    .option('--json', 'Print {"key": ..., "hash": ...}.')
    .addHelpText('after', helpText)
    .action(({ json }: { readonly json?: boolean }) => {
      const key = newAdminKey();
      const hash = hashOfAdminKey(key);
      io.out(
        json === true ? `${JSON.stringify({ key, hash })}\n` : `key   ${key}\nhash  ${hash}\n`,
      );
    });
}
