import { pathToFileURL } from 'node:url';
import { loadNative } from '../../gateway/transport/uws/native.ts';
import type { DialogueName } from '../generator/dialogue.ts';
import type { BenchApp } from '../generator/frames.ts';
import { MeasuredProcess } from '../measure/measured-process.ts';
import { ejabberd } from './ejabberd.ts';
import { installPeers, peerVersions } from './install-peers.ts';

/** What a system is started with. */
export interface StartOrder {
  readonly app: BenchApp;
  /** Of a redis-server of its own. */
  readonly redisUrl: string;
  /** For files of its own; removed when it has ended. */
  readonly folder: string;
}

/**
 * The port for whatever is compared: a Node program that says `ready` with its address as a JSON line on standard error, and a
 * dialogue by which users log in to it. A server in another language is started by such a program; what it starts is measured with it.
 */
export interface System {
  readonly dialogue: DialogueName;
  /** Makes it ready to be started; a text when it cannot be, which says why. */
  readonly problem: () => string | undefined;
  /** Versions of what it is made of, besides ours. */
  readonly versions: () => Readonly<Record<string, string>>;
  readonly start: (order: StartOrder) => Promise<MeasuredProcess>;
}

const listen = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--log-format', 'json'];

function gatehouse(transport: 'uws' | 'ws', dialogue: DialogueName = 'gatehouse'): System {
  return {
    dialogue,
    versions: () => ({}),
    problem: () => (transport === 'uws' ? nativeProblem() : undefined),
    start: ({ app, redisUrl }) =>
      MeasuredProcess.start(new URL('../../gateway/main.js', import.meta.url), [
        'start',
        ...listen,
        '--transport',
        transport,
        '--app',
        `${app.sdkAppId}:${app.secret}`,
        '--redis',
        redisUrl,
      ]),
  };
}

function nativeProblem(): string | undefined {
  const native = loadNative();
  return native.kind === 'loaded' ? undefined : native.reason;
}

const floor: System = {
  dialogue: 'gatehouse',
  versions: () => ({}),
  problem: nativeProblem,
  start: ({ app, redisUrl }) =>
    MeasuredProcess.start(new URL('../floor.js', import.meta.url), [
      '--secret',
      app.secret,
      '--redis',
      redisUrl,
    ]),
};

const socketio: System = {
  dialogue: 'socketio',
  versions: peerVersions,
  problem: () => {
    const peers = installPeers();
    return peers.kind === 'installed' ? undefined : peers.why;
  },
  start: ({ app, redisUrl }) => {
    const peers = installPeers();
    if (peers.kind === 'unavailable') throw new Error(peers.why);
    const words = ['--app', `${app.sdkAppId}:${app.secret}`, '--redis', redisUrl];
    return MeasuredProcess.start(pathToFileURL(`${peers.folder}socketio.mjs`), words);
  },
};

/** Everything that can be compared, in the order of the table; the first is what the others are held against. */
export const systems = {
  gatehouseUws: gatehouse('uws'),
  gatehouseHandshake: gatehouse('uws', 'gatehouseHandshake'),
  gatehouseWs: gatehouse('ws'),
  floor,
  socketio,
  ejabberd,
} as const satisfies Record<string, System>;
export type SystemName = keyof typeof systems;
export const systemNames = Object.keys(systems) as SystemName[];
