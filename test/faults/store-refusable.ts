import { RefusingProxy } from '../support/refusing-proxy.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { SingleRedis } from './store.ts';

/** One redis-server that can be made to refuse commands of the nodes with any error there is. */
export class RefusableRedis extends SingleRedis {
  readonly refuser: RefusingProxy;

  private constructor(server: RedisServer, refuser: RefusingProxy) {
    super(server, Number(new URL(refuser.url).port));
    this.refuser = refuser;
  }

  static override async start(args: readonly string[] = []): Promise<RefusableRedis> {
    const server = await startRedis({ args });
    return new RefusableRedis(server, await RefusingProxy.start(server.port));
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.refuser.stop();
  }
}
