import { GatehouseError, type UserStatus } from '../client/index.ts';

const stateTexts = {
  online: 'online',
  pushOnline: 'reachable by push',
  offline: 'offline',
} as const;

/** How a user is, as a few words: `online on web, ios — at lunch`. */
export function statusText({ state, platforms, customStatus }: UserStatus): string {
  const where = platforms.length > 0 ? ` on ${platforms.join(', ')}` : '';
  const says = customStatus === '' ? '' : ` — ${customStatus}`;
  return `${stateTexts[state]}${where}${says}`;
}

/** What an event of the SDK carries, as text. */
export function eventText(event: object): string {
  if (event instanceof GatehouseError) return `${event.code} ${event.name}: ${event.message}`;
  if ('statuses' in event) {
    const statuses = event.statuses as readonly UserStatus[];
    return statuses.map((status) => `${status.userID} ${statusText(status)}`).join('; ');
  }
  return Object.entries(event)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');
}

function valueText(value: unknown): string {
  return value instanceof GatehouseError ? `${value.code} ${value.name}` : JSON.stringify(value);
}
