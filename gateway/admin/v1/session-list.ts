import type { SessionLink } from '../../registry/node-port.ts';
import type { SessionRecord } from '../../registry/session-record.ts';
import type { UserRef } from '../../registry/user.ts';
import type { V1Registry } from './route.ts';

/** A session of a user, and what its node says of its link; undefined: the node did not answer, or does not hold it. */
export interface ListedSession {
  readonly record: SessionRecord;
  readonly link: SessionLink | undefined;
}

/**
 * The sessions of a user, newest first, each with its link. The links are asked of the nodes that hold them: who looks
 * is rare, and an address in each record would cost every login.
 */
export async function listSessions(
  user: UserRef,
  registry: V1Registry,
): Promise<readonly ListedSession[]> {
  const records = await registry.sessions(user);
  const byNode = new Map<string, string[]>();
  for (const { nodeId, sessionId } of records) {
    byNode.set(nodeId, [...(byNode.get(nodeId) ?? []), sessionId]);
  }
  const links = new Map<string, SessionLink>();
  await Promise.all(
    [...byNode].map(async ([nodeId, sessionIds]) => {
      const answer = await registry.nodes.ask(nodeId, { kind: 'links', sessionIds });
      if (answer?.kind !== 'links') return;
      for (const link of answer.links) links.set(link.sessionId, link);
    }),
  );
  return records.map((record) => ({ record, link: links.get(record.sessionId) }));
}
