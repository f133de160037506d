import { describeClient } from './behaviour.ts';
import { NodeHost } from './client-host.ts';

describeClient(new NodeHost());
