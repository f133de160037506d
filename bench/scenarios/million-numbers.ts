import type { MeasureName } from '../report/measures.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** What `million` counts. */
export const millionNumbers = [
  'connections',
  'sessions',
  'startSeconds',
  'loginSeconds',
  'loginsPerSecond',
  'cpuUsPerLogin',
  'redisCpuUsPerLogin',
  'rssBytesPerConnection',
  'heapBytesPerConnection',
  'redisBytesPerConnection',
  'generatorBytesPerConnection',
  'kernelBytesPerConnection',
  'gatewayBytes',
  'emptyGatewayBytes',
  'redisBytes',
  'generatorBytes',
  'kernelBytes',
  'slabBytes',
  'tcpBufferBytes',
  'leastFreeBytes',
  'idleCores',
  'redisIdleCores',
  'redisNice',
  'redisCommandsPerSecond',
  'kickSeconds',
  'retries',
  'kicks',
  'kicksLost',
  'presenceSeconds',
  'presenceTold',
  'presenceLost',
  'leaseLapses',
  'audits',
  'missedProbes',
  'reregistered',
] as const satisfies readonly MeasureName[];

type Counted = Readonly<Partial<Record<MeasureName, number | null>>>;

/** Of what its steps have noted so far; null is what has not been measured yet. */
export function countMillion({ notes, recorder, clients }: ScenarioRun): Counted {
  const noted = (name: string): number | null => notes[name] ?? null;
  const connections = noted('connections');
  const share = (value: number | null, of: number | null): number | null =>
    value === null || of === null || of === 0 ? null : value / of;
  const lost = (asked: number | null, came: number): number | null =>
    asked === null ? null : Math.max(0, asked - came);
  return {
    ...memoryOf(notes),
    connections: connections ?? clients.tally.online,
    sessions: noted('sessions'),
    startSeconds: share(noted('startMs'), 1000),
    loginSeconds: share(noted('login.ms'), 1000),
    loginsPerSecond: recorder.perSecond('login'),
    cpuUsPerLogin: share(noted('login.gatewaysUs'), noted('logins')),
    redisCpuUsPerLogin: share(noted('login.redisUs'), noted('logins')),
    leastFreeBytes: noted('leastFreeBytes'),
    idleCores: share(noted('rest.gatewaysUs'), share(noted('rest.ms'), 1e-3)),
    redisIdleCores: share(noted('rest.redisUs'), share(noted('rest.ms'), 1e-3)),
    redisNice: noted('redisNice'),
    redisCommandsPerSecond: share(noted('rest.commands'), share(noted('rest.ms'), 1000)),
    kickSeconds: share(noted('kick.ms'), 1000),
    retries: Object.values(clients.tally.closings).reduce((sum, count) => sum + count, 0),
    kicks: recorder.count('kick'),
    kicksLost: lost(noted('kicksAsked'), recorder.count('kick')),
    presenceSeconds: share(noted('presence.ms'), 1000),
    presenceTold: recorder.count('presence'),
    presenceLost: lost(noted('changesTold'), recorder.count('presence')),
    leaseLapses: noted('leaseLapses'),
    audits: noted('audits'),
    missedProbes: noted('missedProbes'),
    reregistered: noted('reregistered'),
  };
}

/** Memory when all are in, and how much of it came with them. */
function memoryOf(notes: ScenarioRun['notes']): Counted {
  const after = (name: string): number | null => notes[`after.${name}`] ?? null;
  const grown = (name: string): number | null => {
    const [before, now] = [notes[`before.${name}`], after(name)];
    return before === undefined || now === null ? null : now - before;
  };
  const connections = notes['connections'] ?? 0;
  const each = (bytes: number | null): number | null =>
    bytes === null || connections === 0 ? null : bytes / connections;
  return {
    rssBytesPerConnection: each(grown('gatewayRssBytes')),
    heapBytesPerConnection: each(grown('gatewayHeapBytes')),
    redisBytesPerConnection: each(grown('redisBytes')),
    generatorBytesPerConnection: each(grown('generatorBytes')),
    kernelBytesPerConnection: each(grown('kernelBytes')),
    gatewayBytes: after('gatewayBytes'),
    emptyGatewayBytes: notes['before.gatewayBytes'] ?? null,
    redisBytes: after('redisBytes'),
    generatorBytes: after('generatorBytes'),
    kernelBytes: grown('kernelBytes'),
    slabBytes: grown('slabBytes'),
    tcpBufferBytes: grown('tcpBufferBytes'),
  };
}
