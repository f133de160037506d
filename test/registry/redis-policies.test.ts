import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisFleet } from './fleets.ts';
import { configured, describePolicies } from './policy-conformance.ts';

describePolicies('Redis', new RedisFleet(), (fleet) => fleet.node({ policies: configured }));
describePolicies('Redis Cluster', new RedisFleet(() => RedisCluster.start()), (fleet) =>
  fleet.node({ policies: configured }),
);
