import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheFolder, say } from './messages.mjs';

/**
 * Runs `work` while no other process of this checkout sets up or builds (two terminals, a test run beside a start).
 * A lock whose process is gone is taken over.
 * @template T
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(work) {
  const file = path.join(cacheFolder, 'set-up.lock');
  fs.mkdirSync(cacheFolder, { recursive: true });
  let hasSaid = false;
  while (!tryLock(file)) {
    if (!hasSaid) say('waiting for another set-up of this checkout to end');
    hasSaid = true;
    await delay(50);
  }
  const release = () => fs.rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function tryLock(file) {
  try {
    // Written aside and linked, so that the lock is never seen without the process id in it.
    const own = `${file}.${process.pid}`;
    fs.writeFileSync(own, String(process.pid));
    try {
      fs.linkSync(own, file);
    } finally {
      fs.rmSync(own, { force: true });
    }
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isHeld(file)) fs.rmSync(file, { force: true });
  return false;
}

function isHeld(file) {
  try {
    process.kill(Number(fs.readFileSync(file, 'utf8')), 0);
    return true;
  } catch (error) {
    // EPERM: the process lives but is another user's. ENOENT: released meanwhile, the next try gets it.
    return error.code === 'EPERM';
  }
}
