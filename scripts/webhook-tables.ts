import type { SessionEvent } from '../gateway/registry/events.ts';
import { eventTable } from '../gateway/webhook/event-table.ts';
import { messageOf } from '../gateway/webhook/message.ts';
import { eventKinds } from '../protocol/event-kinds.ts';

/** The generated parts of docs/webhooks.md by the name in their markers. */
export function webhookTables(): ReadonlyMap<string, string> {
  return new Map([
    ['webhook events', eventRows()],
    ['webhook example', example()],
  ]);
}

function eventRows(): string {
  const rows = eventKinds.map((kind) => {
    const { command, action, meaning, ...row } = eventTable[kind];
    const reason = 'reason' in row ? row.reason : '';
    return `| \`${kind}\` | \`${command}\` | ${action} | ${reason} | ${meaning} |`;
  });
  return [
    '| event | `CallbackCommand` | `Action` | `Reason` | when |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function example(): string {
  const event: SessionEvent = {
    kind: 'login',
    sdkAppId: 1_400_000_000,
    userId: 'alice',
    instanceId: 'laptop-7f3a',
    sessionId: '1k2m9x0q-4',
    platform: 'mac',
    nodeId: 'node-a-1k2m9x0q',
    version: 1_795_000_000_412,
    previous: 1_794_999_213_007,
    atMs: 1_795_000_000_412,
    isRestored: false,
    kickedPlatforms: ['windows'],
  };
  const { command, optPlatform, body } = messageOf(event);
  const query = `SdkAppid=1400000000&CallbackCommand=${command}&contenttype=json&ClientIP=&OptPlatform=${optPlatform}&Sign=...&RequestTime=1795000001`;
  return [
    '```',
    `POST https://back-end.example/hooks?${query}`,
    'Content-Type: application/json',
    `webhook-id: ${messageOf(event).id}`,
    'webhook-timestamp: 1795000001',
    'webhook-signature: v1,...',
    '',
    JSON.stringify(JSON.parse(body), undefined, 2),
    '```',
  ].join('\n');
}
