import { redisRestarted } from './catalogue/f01-redis-restarted.ts';
import { subscriberReset, subscriberSilent } from './catalogue/f05-subscriber-lost.ts';
import { nodeKilled } from './catalogue/f06-node-killed.ts';
import { racingLogins } from './catalogue/f10-racing-logins.ts';
import { kickAndReconnect } from './catalogue/f11-kick-and-reconnect.ts';
import { loginAndLeave } from './catalogue/f12-login-and-leave.ts';
import type { Fault } from './fault.ts';

/** Every fault that the bench can tell, in the order in which it tells them. */
export const catalogue: readonly Fault[] = [
  redisRestarted,
  subscriberReset,
  subscriberSilent,
  nodeKilled,
  racingLogins,
  kickAndReconnect,
  loginAndLeave,
];
