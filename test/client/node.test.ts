import { describeClient } from './behaviour.ts';
import { NodeHost } from './node-host.ts';

describeClient(new NodeHost());
