import type { LoginOutcome } from '../registry/login.ts';
import type { Refusal } from '../ticket/user-sig.ts';

/** What a client is told whose login is refused because of a ban or a revocation (rules BAN-1, REVOKE-3). */
export function refusalOf(
  outcome: Extract<LoginOutcome, { readonly kind: 'banned' | 'revoked' }>,
): Refusal {
  if (outcome.kind === 'banned') {
    const { endsAt } = outcome;
    const until = endsAt === Infinity ? 'until the ban is lifted' : `until ${dateOf(endsAt)}`;
    return { kind: 'refused', code: 'userBanned', message: `this user is banned ${until}` };
  }
  const message = `the UserSig was issued before the revocation of ${dateOf(outcome.at)}: let the user sign in again and make a new one`;
  return { kind: 'refused', code: 'ticketInvalid', message };
}

/** A time in Unix seconds as ISO 8601 in UTC. */
function dateOf(unixS: number): string {
  return new Date(unixS * 1000).toISOString().replace('.000', '');
}
