import type { SessionRecord, UserRef } from '../port.ts';

/** Something that happened to a session, as scripts/events.lua writes it into a partition's stream. */
export interface RegistryEvent
  extends
    UserRef,
    Pick<SessionRecord, 'instanceId' | 'sessionId' | 'nodeId' | 'platform' | 'epoch'> {
  /** `swept`: its node died. */
  readonly kind: string;
  /** Unix milliseconds by Redis's clock. */
  readonly at: number;
}

/** One entry of the stream: field, value, field, value, ... */
export function parseEvent(flat: readonly string[]): RegistryEvent {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? '', flat[i + 1] ?? '');
  const text = (name: string): string => fields.get(name) ?? '';
  return {
    kind: text('kind'),
    sdkAppId: Number(text('sdkAppId')),
    userId: text('userId'),
    instanceId: text('instanceId'),
    sessionId: text('sessionId'),
    platform: text('platform') as SessionRecord['platform'],
    nodeId: text('nodeId'),
    epoch: Number(text('epoch')),
    at: Number(text('at')),
  };
}
