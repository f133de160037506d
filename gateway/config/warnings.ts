import type { Config } from './config.ts';
import type { Given } from './layers.ts';

const loopback = /^(127\.|localhost$|::1$)/;

/** What is allowed but worth a word at the start. */
export function warningsOf(config: Config, given: ReadonlyMap<string, Given>): readonly string[] {
  const warnings: string[] = [];
  if (config.dev && !loopback.test(config.host))
    warnings.push(`development mode is open to the network: it listens on ${config.host}`);
  if (!config.dev && given.get('apps')?.source === 'flag --app')
    warnings.push(
      'a key given by --app can be seen by every user of this machine (ps): use --app-file, GATEHOUSE_APP_FILE or secretFile',
    );
  if (!loopback.test(config.adminHost))
    warnings.push(
      `the admin port has no login: ${config.adminHost} must not be reachable from outside`,
    );
  return warnings;
}
