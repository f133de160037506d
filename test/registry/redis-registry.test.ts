import { describeRegistry } from './conformance.ts';
import { RedisFleet } from './fleets.ts';
import { describeKickWars } from './kick-war-conformance.ts';

describeRegistry('Redis', new RedisFleet());
describeRegistry('Redis (Cluster)', new RedisFleet('cluster'));
describeKickWars('Redis', new RedisFleet());
