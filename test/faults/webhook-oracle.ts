import type { WebhookBody } from '../support/webhook-receiver.ts';
import { isOpen, type Life } from './lives.ts';

/** What a back end was told of a user: each event once, in the order in which it was taken first. */
export type Told = readonly WebhookBody['Gatehouse'][];

const isEnd = (event: string): boolean => event !== 'login' && event !== 'customStatus';

/**
 * I9: what is wrong with what a back end was told of one user, in words. It must be without a gap, in order, and be what
 * the user's clients saw: a login for each one that was acknowledged, one end for each session unless its instance came
 * back first, and in the end online just where they are.
 */
export function webhookFaults(userId: string, told: Told, ofUser: readonly Life[]): string[] {
  return [
    ...gapsIn(userId, told),
    ...endsOf(userId, told, ofUser),
    ...ofUser.flatMap((life) => {
      if (life.sessionId === undefined) return [];
      const logins = told.filter(
        ({ Event, SessionId, Restored }) =>
          Event === 'login' && SessionId === life.sessionId && Restored !== true,
      );
      if (logins.length === 1) return [];
      return [`${userId}: the login of ${life.sessionId} was told ${logins.length} times`];
    }),
  ];
}

function gapsIn(userId: string, told: Told): string[] {
  return told.flatMap(({ PreviousVersion, Version, Event }, i) => {
    const last = told[i - 1]?.Version ?? 0;
    if (PreviousVersion === last && Version > last) return [];
    return [`${userId}: ${Event} ${Version} names ${PreviousVersion} as before it, not ${last}`];
  });
}

/** Goes through the events as a back end would that only wants to know who is online. */
function endsOf(userId: string, told: Told, ofUser: readonly Life[]): string[] {
  const faults: string[] = [];
  const online = new Map<string, string>();
  for (const { Event, InstanceId, SessionId } of told) {
    if (Event === 'login') online.set(InstanceId, SessionId);
    else if (isEnd(Event)) {
      if (online.get(InstanceId) !== SessionId)
        faults.push(`${userId}: ${Event} of ${SessionId}, which was not online`);
      else online.delete(InstanceId);
    }
  }
  const are = ofUser.filter(isOpen).map(({ sessionId }) => sessionId ?? '');
  const seem = [...online.values()];
  if (are.toSorted().join() !== seem.toSorted().join())
    faults.push(`${userId}: online are [${are.join()}], told [${seem.join()}]`);
  return faults;
}
