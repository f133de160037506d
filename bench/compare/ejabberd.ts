import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { MeasuredProcess } from '../measure/measured-process.ts';
import type { System } from './systems.ts';

/** An ejabberd that this machine has. */
export interface Ejabberd {
  /** Where Erlang finds it. */
  readonly libs: string;
  readonly version: string;
}

const advice = 'apt-get install ejabberd erlang-redis-client';

/** The newest ejabberd that Debian's packages have put below `root`, or why there is none to compare with. */
export function findEjabberd(root = '/usr/lib'): Ejabberd | string {
  const found = folders(root).flatMap((libs) =>
    folders(libs).flatMap((name): Ejabberd[] => {
      const version = /\/ejabberd-([\d.]+)(?:-\d+)?$/.exec(name)?.[1];
      return version !== undefined && existsSync(path.join(name, 'ebin/ejabberd.beam'))
        ? [{ libs, version }]
        : [];
    }),
  );
  const newest = found.toSorted((a, b) => a.version.localeCompare(b.version)).at(-1);
  if (newest === undefined) return `it is not installed (${advice})`;
  const erlang = path.join(root, 'erlang/lib');
  if (!folders(erlang).some((name) => /\/eredis-[\d.]+$/.test(name)))
    return `it cannot keep sessions in Redis (${advice})`;
  return newest;
}

function folders(parent: string): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(parent, name));
}

/** ejabberd over WebSocket: see peers/ejabberd.mjs. */
export const ejabberd: System = {
  dialogue: 'xmpp',
  versions: () => {
    const found = findEjabberd();
    return typeof found === 'string' ? {} : { ejabberd: found.version };
  },
  problem: () => {
    const found = findEjabberd();
    return typeof found === 'string' ? found : undefined;
  },
  start: ({ app, redisUrl, folder }) => {
    const found = findEjabberd();
    if (typeof found === 'string') throw new Error(found);
    const words = [
      '--libs',
      found.libs,
      '--folder',
      folder,
      '--app',
      `${app.sdkAppId}:${app.secret}`,
    ];
    const script = new URL('../peers/ejabberd.mjs', import.meta.url);
    return MeasuredProcess.start(script, [...words, '--redis', redisUrl], { isProbed: false });
  },
};
