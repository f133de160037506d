import { describeRegistry } from './conformance.ts';
import { RedisFleet } from './fleets.ts';

describeRegistry('Redis', new RedisFleet());
describeRegistry('Redis (Cluster)', new RedisFleet('cluster'));
