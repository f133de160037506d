import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that mostly wait, for half a minute or more. Started last, one of them would be left to run alone. */
const long = [
  'test/faults/faults.test.ts',
  'test/client/chromium.test.ts',
  'test/bench/scenarios.test.ts',
  'test/client/node.test.ts',
  'test/transport/time-limits.test.ts',
  'test/playground/browser.test.ts',
  'test/registry/redis-registry.test.ts',
  'test/bench/login.test.ts',
  'test/registry/redis-lease.test.ts',
  'test/e2e/presence.test.ts',
];

const root = new URL('../../', import.meta.url);
const gone = long.filter((name) => !existsSync(fileURLToPath(new URL(name, root))));
if (gone.length > 0) throw new Error(`no longer there: ${gone.join(', ')}`);

/** Begins with the long files, in a fresh checkout too, where Vitest knows only sizes; the others as Vitest has them. */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = long.findIndex((name) => moduleId.endsWith(`/${name}`));
      return place < 0 ? long.length : place;
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
