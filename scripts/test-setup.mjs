import { buildIfStale } from './build.mjs';
import { prepareChromium } from './find-chromium.mjs';
import { prepareRedis } from './find-redis.mjs';
import { withLock } from './lock.mjs';

/**
 * Vitest's global set-up: `npx vitest run` alone finds a fresh build, a redis-server and a Chromium too, as `npm test` does.
 * A type error is only shown here, so that one test can be worked on; `npm test` stops at it before.
 */
export default async function setup() {
  await withLock(async () => {
    await buildIfStale({ isLenient: true });
    prepareRedis({ isQuiet: true });
    prepareChromium({ isQuiet: true });
  });
}
