import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const clients = { full: 15_000, short: 400 } as const;
const idleMs = { full: 60_000, short: 3000 } as const;
/** The defaults. */
const [auditMs, partitions] = [60_000, 256];
/** Partitions that are looked at together. */
const lot = 16;

/** How often Redis has done each command since its counts were set back, without what the bench asked itself. */
async function commands(stage: Stage): Promise<Record<string, number>> {
  const text = await stage.redis.cli('INFO', 'commandstats');
  const counts: Record<string, number> = {};
  for (const [, name = '', calls] of text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (!/^(info|hello|command|config|client|quit|select)\b/.test(name)) {
      counts[name] = Number(calls);
    }
  }
  return counts;
}

/** N10: nothing happens. */
export const idle: Fault = {
  id: 'N10',
  name: 'nothing happens: sessions are idle',
  holds: 'Redis is asked for nothing but leases (with their probes) and audits',
  rounds: { full: 1, short: 1 },
  // So many records are read, and so many connections ended, by the one process of the bench.
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet, detail } = stage;
    const count = clients[stage.form];
    const devices = fleet.devices(`r${round}`, count);
    await fleet.logInAll(devices.slice(0, count / 2), stage.node(0));
    await fleet.logInAll(devices.slice(count / 2), stage.node(1));
    stage.fault('nobody does anything');
    await stage.redis.call('CONFIG', 'RESETSTAT');
    const sinceMs = performance.now();
    await delay(idleMs[stage.form]);
    const counts = await commands(stage);
    const idleForMs = performance.now() - sinceMs;
    Object.assign(detail, counts);
    const nodes = stage.nodes.length;
    const beats = (nodes * idleForMs) / (stage.leaseMs / 4);
    // A call for each partition of each node covers its sessions; one for a slice more where the first was not all.
    const audits = (nodes * partitions * idleForMs) / auditMs;
    const scripts = counts['evalsha'] ?? 0;
    detail['expectedScripts'] = Math.round(beats + audits);
    const isFrugal = scripts <= (beats + 2 * audits) * 1.1 + nodes * lot;
    stage.expect(
      isFrugal,
      'I6',
      `${scripts} scripts for ${Math.round(beats + audits)} that are due`,
    );
  },
};
