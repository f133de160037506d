import { setTimeout as delay } from 'node:timers/promises';
import type { Deliveries } from './deliveries.ts';
import type { Drive, PresenceSettings } from './result.ts';

/** The longest time that nothing arrives before what is missing counts as lost. */
const patienceMs = 10_000;
const lookMs = 20;

/** Sends `settings.changes` changes in the manner of `drive`, and waits until all have arrived or nothing comes any more. */
export async function runDrive(
  drive: Drive,
  settings: PresenceSettings,
  deliveries: Deliveries,
  sendNext: () => void,
): Promise<void> {
  if (drive === 'paced') await sendPaced(settings, sendNext);
  else sendAsTheyArrive(settings, deliveries, sendNext);
  await arrival(settings.changes, deliveries);
}

/** One that is late is followed by the next at once: the pace holds on the average. */
async function sendPaced({ changes, rate }: PresenceSettings, sendNext: () => void): Promise<void> {
  const startedAt = performance.now();
  for (let sent = 0; sent < changes; sent += 1) {
    const waitMs = startedAt + (sent * 1000) / rate - performance.now();
    if (waitMs > 0) await delay(waitMs);
    sendNext();
  }
}

function sendAsTheyArrive(
  { changes, underWay }: PresenceSettings,
  deliveries: Deliveries,
  sendNext: () => void,
): void {
  let sent = Math.min(changes, underWay);
  deliveries.onWhole = () => {
    if (sent === changes) return;
    sent += 1;
    sendNext();
  };
  for (let first = 0; first < Math.min(changes, underWay); first += 1) sendNext();
}

async function arrival(changes: number, deliveries: Deliveries): Promise<void> {
  let count = -1;
  for (let quietMs = 0; deliveries.whole < changes && quietMs < patienceMs; quietMs += lookMs) {
    if (deliveries.count !== count) quietMs = 0;
    count = deliveries.count;
    await delay(lookMs);
  }
}
