import { kicksForgotten } from './catalogue/f01-kicks-forgotten.ts';
import { redisRestarted } from './catalogue/f01-redis-restarted.ts';
import { primaryKilled, primaryPaused } from './catalogue/f02-failover.ts';
import { primaryParted, primaryPartedUnfenced } from './catalogue/f02-split.ts';
import { slotsMove } from './catalogue/f03-slots-move.ts';
import { redisPaused, redisSleeps, redisSlow } from './catalogue/f04-redis-hangs.ts';
import { ticketsEnd } from './catalogue/f04-tickets-end.ts';
import { subscriberReset, subscriberSilent } from './catalogue/f05-subscriber-lost.ts';
import { nodeKilled } from './catalogue/f06-node-killed.ts';
import { nodePaused, nodePausedPastLease } from './catalogue/f07-node-paused.ts';
import { halfOpen } from './catalogue/f08-half-open.ts';
import { clocksApart } from './catalogue/f09-clocks-apart.ts';
import { racingLogins } from './catalogue/f10-racing-logins.ts';
import { kickAndReconnect } from './catalogue/f11-kick-and-reconnect.ts';
import { loginAndLeave } from './catalogue/f12-login-and-leave.ts';
import { sameName } from './catalogue/f13-same-name.ts';
import { rollingDeploy } from './catalogue/f14-rolling-deploy.ts';
import { herd } from './catalogue/f15-herd.ts';
import { slowConsumer } from './catalogue/f16-slow-consumer.ts';
import { heapFull } from './catalogue/f18-heap-full.ts';
import {
  nodeCutOff,
  nodeCutOffBriefly,
  nodeDeaf,
  nodeHalfDeaf,
} from './catalogue/f19-node-cut-off.ts';
import { outage } from './catalogue/f19-outage.ts';
import { linksFlap } from './catalogue/f20-links-flap.ts';
import { poisonReplies, scriptsLost } from './catalogue/f21-poison.ts';
import { rightsRevoked } from './catalogue/f22-acl-revoked.ts';
import { redisFlushed } from './catalogue/f22-redis-emptied.ts';
import { snapshotRestored } from './catalogue/f22-snapshot-restored.ts';
import { backEndUnwell, tellingNodeKilled } from './catalogue/f24-back-end.ts';
import { flood } from './catalogue/f25-flood.ts';
import { kickWar } from './catalogue/f26-kick-war.ts';
import { soak } from './catalogue/f27-soak.ts';
import { generatedSchedules } from './catalogue/f28-schedules.ts';
import { ticketStorm } from './catalogue/n08-ticket-storm.ts';
import { idle } from './catalogue/n10-idle.ts';
import { watchedRedisRestarted } from './catalogue/p01-watched-redis-restarted.ts';
import { watchedNodeKilled } from './catalogue/p02-watched-node-killed.ts';
import { watchedNodePaused } from './catalogue/p03-watched-node-paused.ts';
import { watchersNodeKilled } from './catalogue/p04-watchers-node-killed.ts';
import { revokedUnheard } from './catalogue/r01-revoked-unheard.ts';
import type { Fault } from './fault.ts';
import type { ScheduleFault } from './schedule-fault.ts';

/** Every fault that the bench can tell, in the order in which it tells them. */
export const catalogue: readonly (Fault | ScheduleFault)[] = [
  redisRestarted,
  kicksForgotten,
  primaryKilled,
  primaryPaused,
  primaryParted,
  slotsMove,
  redisSleeps,
  redisPaused,
  redisSlow,
  ticketsEnd,
  subscriberReset,
  subscriberSilent,
  nodeKilled,
  nodePaused,
  nodePausedPastLease,
  halfOpen,
  clocksApart,
  racingLogins,
  kickAndReconnect,
  loginAndLeave,
  sameName,
  rollingDeploy,
  herd,
  slowConsumer,
  heapFull,
  nodeCutOff,
  nodeCutOffBriefly,
  nodeDeaf,
  outage,
  linksFlap,
  nodeHalfDeaf,
  poisonReplies,
  scriptsLost,
  redisFlushed,
  rightsRevoked,
  snapshotRestored,
  backEndUnwell,
  tellingNodeKilled,
  flood,
  kickWar,
  soak,
  generatedSchedules,
  ticketStorm,
  idle,
  watchedRedisRestarted,
  watchedNodeKilled,
  watchedNodePaused,
  watchersNodeKilled,
  revokedUnheard,
];

/** Stories in which a promise must break. They run only when they are called by their ids. */
export const mustFail: readonly Fault[] = [primaryPartedUnfenced];
