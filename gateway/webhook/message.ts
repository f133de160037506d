import type { Platform } from '../../protocol/platforms.ts';
import type { SessionEvent } from '../registry/events.ts';
import { eventTable } from './event-table.ts';

/** A call to a back end, without what is new at each attempt. */
export interface Message {
  /** The same at each attempt, and when another node tells of the same event. */
  readonly id: string;
  readonly command: string;
  readonly optPlatform: string;
  /** JSON. */
  readonly body: string;
}

/** Platforms in the words of Tencent's callback of states. */
const platformWords = {
  web: 'Web',
  android: 'Android',
  ios: 'IOS',
  ipad: 'iPad',
  windows: 'Windows',
  mac: 'Mac',
  linux: 'Linux',
} as const satisfies Record<Platform, string>;

/** What a back end is told of an event (docs/webhooks.md). */
export function messageOf(event: SessionEvent): Message {
  const row = eventTable[event.kind];
  const id = `evt_${event.sdkAppId}_${event.userId}_${event.version}`;
  const kicked = event.kind === 'login' ? event.kickedPlatforms : [];
  const body = {
    CallbackCommand: row.command,
    EventTime: event.atMs,
    Info: { Action: row.action, To_Account: event.userId, Reason: reasonOf(event) },
    ...(kicked.length > 0 && {
      KickedDevice: kicked.map((platform) => ({ Platform: platformWords[platform] })),
    }),
    Gatehouse: {
      Id: id,
      Event: event.kind,
      Version: event.version,
      PreviousVersion: event.previous,
      InstanceId: event.instanceId,
      SessionId: event.sessionId,
      Platform: event.platform,
      Node: event.nodeId,
      ...detailOf(event),
    },
  };
  const optPlatform = isOfBackEnd(event) ? 'RESTAPI' : platformWords[event.platform];
  return { id, command: row.command, optPlatform, body: JSON.stringify(body) };
}

function reasonOf(event: SessionEvent): string {
  if ('kickType' in event) return event.kickType;
  const row = eventTable[event.kind];
  return 'reason' in row ? row.reason : '';
}

/** Whether a call of a back end made it happen. */
function isOfBackEnd(event: SessionEvent): boolean {
  return 'kickType' in event && (event.kickType === 'REST' || event.kickType === 'banned');
}

function detailOf(event: SessionEvent): object {
  switch (event.kind) {
    case 'login':
      return event.isRestored ? { Restored: true } : {};
    case 'kicked':
      if (event.byPlatform === '') return {};
      return { ByPlatform: event.byPlatform, ByInstanceId: event.byInstanceId };
    case 'customStatus':
      return { CustomStatus: event.customStatus };
    case 'logout':
    case 'linkClosed':
    case 'timedOut':
    case 'revoked':
    case 'expired':
    case 'banned':
      return {};
  }
}
