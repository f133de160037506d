import { buildIfStale } from './build.mjs';
import { prepareChromium } from './find-chromium.mjs';
import { prepareRedis } from './find-redis.mjs';
import { installDependencies } from './install.mjs';
import { withLock } from './lock.mjs';
import { SetupError } from './messages.mjs';

const stages = ['install', 'start', 'redis', 'test'];

/**
 * Brings the checkout to a stage: 'install' = dependencies; 'start' = these and a fresh build; 'redis' = these and
 * a redis-server; 'test' = these and a Chromium. Whatever stands already is left alone, so that a second run takes a
 * fraction of a second.
 * Throws SetupError with a text for the user.
 * @param {string | undefined} stage
 */
export async function run(stage) {
  if (stage === undefined || !stages.includes(stage)) {
    throw new SetupError(`usage: node scripts/bootstrap.mjs ${stages.join('|')}`);
  }
  await withLock(async () => {
    installDependencies();
    if (stage === 'install') return;
    await buildIfStale();
    if (stage === 'start') return;
    prepareRedis();
    if (stage === 'test') prepareChromium();
  });
}
