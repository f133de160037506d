import type { ConfigInput } from '../../gateway/config/layers.ts';
import { loadConfig, type Loaded } from '../../gateway/config/load.ts';
import { problemLine } from '../../gateway/config/problem.ts';

/** What development mode makes as a key. */
export const madeSecret = 'made-secret-'.repeat(4);

/** Input with one app by flag and nothing else; `files` are the only files there are. */
export function inputOf(
  change: Partial<ConfigInput> = {},
  files: Readonly<Record<string, string>> = {},
): ConfigInput {
  return {
    flags: { apps: ['1400000000:flag-secret-flag-secret'] },
    env: {},
    hostname: 'node-1.example',
    // 2027-01-15T08:00:00Z
    nowS: 1_800_000_000,
    makeSecret: () => madeSecret,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      return text;
    },
    ...change,
  };
}

/** A configuration file with this content, given by --config. */
export function withFile(content: object, change: Partial<ConfigInput> = {}): ConfigInput {
  return inputOf({ configFile: 'g.json', ...change }, { 'g.json': JSON.stringify(content) });
}

/** The configuration, or the test fails with the problems. */
export function loaded(input: ConfigInput): Loaded & { ok: true } {
  const result = loadConfig(input);
  if (!result.ok) throw new Error(result.problems.map(problemLine).join('\n'));
  return result;
}

/** The problems as lines, or the test fails. */
export function problems(input: ConfigInput): readonly string[] {
  const result = loadConfig(input);
  if (result.ok) throw new Error('the configuration was accepted');
  return result.problems.map(problemLine);
}
