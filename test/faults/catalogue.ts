import { racingLogins } from './catalogue/f10-racing-logins.ts';
import { subscriberReset, subscriberSilent } from './catalogue/f05-subscriber-lost.ts';
import { nodeKilled } from './catalogue/f06-node-killed.ts';
import type { Fault } from './fault.ts';

/** Every fault that the bench can tell, in the order in which it tells them. */
export const catalogue: readonly Fault[] = [
  subscriberReset,
  subscriberSilent,
  nodeKilled,
  racingLogins,
];
