import type { Site } from '../site/site.ts';

/** What gateways of a site say of themselves, summed. */
export interface Upkeep {
  readonly sessions: number;
  readonly leaseLapses: number;
  readonly audits: number;
  readonly missedProbes: number;
  readonly reregistered: number;
}

const metrics = {
  sessions: /^gatehouse_sessions\{[^}]*\} (\d+)$/gm,
  leaseLapses: /^gatehouse_registry_lease_lapses_total (\d+)$/gm,
  audits: /^gatehouse_registry_audits_total (\d+)$/gm,
  missedProbes: /^gatehouse_registry_missed_probes_total (\d+)$/gm,
  reregistered: /^gatehouse_registry_corrections_total\{type="reregistered"\} (\d+)$/gm,
} as const satisfies Record<keyof Upkeep, RegExp>;

/** Reads the metrics of every gateway. Rejects when one does not answer. */
export async function readUpkeep({ nodes }: Site): Promise<Upkeep> {
  let text = '';
  for (const { adminUrl } of nodes)
    text += await (await fetch(new URL('/metrics', adminUrl))).text();
  const sum = (name: keyof Upkeep): number =>
    [...text.matchAll(metrics[name])].reduce((total, [, value]) => total + Number(value), 0);
  return {
    sessions: sum('sessions'),
    leaseLapses: sum('leaseLapses'),
    audits: sum('audits'),
    missedProbes: sum('missedProbes'),
    reregistered: sum('reregistered'),
  };
}
