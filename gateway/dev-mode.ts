import { devBanner } from './cli/dev-banner.ts';
import type { Start } from './cli/start-command.ts';
import type { AppSetting } from './config/config.ts';
import type { Addresses } from './node.ts';
import { Playground } from './playground/playground.ts';
import { makeUserSig } from './ticket/user-sig.ts';
import type { FindPage } from './transport/pages.ts';

const sampleUserId = 'alice';
const sampleTicketS = 7 * 86_400;

/** What development mode adds to a node: a text to paste from and the playground. Production never loads this file. */
export class DevMode {
  readonly #start: Start;
  /** A playground, or why there is none. */
  readonly #playground: Playground | string;

  constructor(start: Start) {
    this.#start = start;
    this.#playground = loadPlayground(start);
  }

  /** What the public port shows to browsers. */
  get findPage(): FindPage | undefined {
    return typeof this.#playground === 'string' ? undefined : this.#playground.findPage;
  }

  /** Opens the playground of a node that is ready, and gives the text that tells about both. */
  async open(addresses: Addresses): Promise<string> {
    const [app] = this.#start.config.apps;
    const page = await this.#openPage(addresses.url);
    return app === undefined ? '' : this.#banner(app, addresses, page);
  }

  async close(): Promise<void> {
    if (typeof this.#playground !== 'string') await this.#playground.close();
  }

  async #openPage(url: string): Promise<string> {
    if (typeof this.#playground === 'string') return this.#playground;
    const { host, port } = new URL(url);
    await this.#playground.start(Number(port));
    return `http://${host}/`;
  }

  #banner(app: AppSetting, { url, adminUrl, transport }: Addresses, page: string): string {
    const [key] = app.keys;
    if (key === undefined) return '';
    const userSig = makeUserSig({
      sdkAppId: app.id,
      secret: key.secret,
      userId: sampleUserId,
      expireS: sampleTicketS,
      issuedAt: Math.floor(Date.now() / 1000),
    });
    const sample = { sdkAppId: app.id, userId: sampleUserId, userSig, expireS: sampleTicketS };
    const { isSampleApp, madeAdminKey: adminKey } = this.#start;
    return devBanner({ url, page, adminUrl, transport, isSampleApp, adminKey, ...sample });
  }
}

function loadPlayground({ config, isSampleApp }: Start): Playground | string {
  const [app] = config.apps;
  if (app === undefined) return 'none without an app';
  if (config.tls.certFile !== undefined) return 'none with TLS';
  const secret = app.keys[0]?.secret;
  return Playground.load({
    host: config.host,
    app: { sdkAppId: app.id, ...(isSampleApp && secret !== undefined && { secret }) },
    policy: typeof app.policy === 'string' ? app.policy : 'custom',
  });
}
