import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisSentinel } from '../support/redis-sentinel.ts';
import { describeAccounts } from './account-conformance.ts';
import { describeRegistry } from './conformance.ts';
import { RedisFleet } from './fleets.ts';
import { describeKickWars } from './kick-war-conformance.ts';
import { describeNodes } from './node-conformance.ts';
import { describePresence } from './presence-conformance.ts';
import { describeKeptPushes, describePushes } from './push-conformance.ts';
import { describeRestrictions } from './restriction-conformance.ts';
import { describeTraffic } from './traffic-conformance.ts';

/** They tell what is new every half second. */
const brisk = { leaseS: 2, commandTimeoutMs: 400 };

describeRegistry('Redis', new RedisFleet());
describeRegistry('Redis behind Sentinels', new RedisFleet(() => RedisSentinel.start()));
describeRegistry('Redis Cluster', new RedisFleet(() => RedisCluster.start()));
describeAccounts('Redis', new RedisFleet());
describeTraffic('Redis', new RedisFleet(), (fleet) => fleet.node(brisk));
describeAccounts('Redis Cluster', new RedisFleet(() => RedisCluster.start()));
describeTraffic('Redis Cluster', new RedisFleet(() => RedisCluster.start()), (fleet) =>
  fleet.node(brisk),
);
describeNodes('Redis', new RedisFleet());
describeNodes('Redis Cluster', new RedisFleet(() => RedisCluster.start()));
describeKickWars('Redis', new RedisFleet());
describePresence('Redis', new RedisFleet());
describeRestrictions('Redis', new RedisFleet());
describePresence('Redis Cluster', new RedisFleet(() => RedisCluster.start()));
describePushes('Redis', new RedisFleet());
describePushes('Redis Cluster', new RedisFleet(() => RedisCluster.start()));
const keeping = { keepS: 60, count: 5, bytes: 16_384 };
for (const [name, fleet] of [
  ['Redis', new RedisFleet()],
  ['Redis Cluster', new RedisFleet(() => RedisCluster.start())],
] as const)
  describeKeptPushes(name, fleet, () => fleet.node({ keeping }));
