import { describeClient } from './behaviour.ts';
import { ChromiumHost } from './browser/chromium-host.ts';

describeClient(await ChromiumHost.start());
