import { GatehouseError } from './gatehouse-error.ts';
import type { LoginOptions } from './login-options.ts';

const userIdPattern = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Throws where login() is given what no gateway would take: 7003 for the user, 6017 for the rest. Programs without types
 * come here too.
 */
export function checkLogin({ userID, userSig, getTicket }: Partial<LoginOptions> = {}): void {
  if (typeof userID !== 'string' || !userIdPattern.test(userID)) {
    throw new GatehouseError(7003, {
      message: 'login needs a userID: 1-32 characters of letters, digits, _ and -',
    });
  }
  const isTicket = userSig === undefined ? getTicket !== undefined : typeof userSig === 'string';
  if (isTicket && (getTicket === undefined || typeof getTicket === 'function')) return;
  throw new GatehouseError(6017, {
    message: 'login needs a userSig, which is text, or getTicket, which is a function',
  });
}

/** Throws 6017 where users are not named in an array. What stands in it is the gateway's to judge. */
export function checkUserIds(userIds: readonly string[]): void {
  if (Array.isArray(userIds)) return;
  throw new GatehouseError(6017, { message: 'the users are not named in an array' });
}
