import { describeClient } from './behaviour.ts';
import { ChromiumHost } from './browser/chromium-host.ts';
import { describePageLife } from './browser/page-life.ts';

describeClient(await ChromiumHost.start(), describePageLife);
