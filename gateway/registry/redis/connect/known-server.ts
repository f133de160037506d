import type { FaultLog } from '../fault-log.ts';
import { storeFault } from '../store-fault.ts';
import { isSameServer, serverIn, unknownServer, type ServerIdentity } from './server-identity.ts';

/** The server behind one link, as it was known last: whether it is still that one, with the data it had. */
export class KnownServer {
  readonly #askInfo: () => Promise<unknown>;
  readonly #log: FaultLog;
  #last = unknownServer;
  #hasTold = false;

  /** `askInfo` sends INFO server replication. */
  constructor(askInfo: () => Promise<unknown>, log: FaultLog) {
    this.#askInfo = askInfo;
    this.#log = log;
  }

  /** Who answers now. Rejects where nobody does; one that may not say, or does not know, is unknown each time. */
  async ask(): Promise<ServerIdentity> {
    try {
      const info = await this.#askInfo();
      const server = serverIn(info);
      const hidesItself = server === unknownServer && /^role:master/m.test(String(info));
      if (hidesItself) this.#tell('INFO has no run_id or no master_replid');
      return server;
    } catch (error) {
      const fault = storeFault(error);
      if (!fault.needsSomebody) throw error;
      this.#tell(`${fault.message}: its user needs +info`);
      return unknownServer;
    }
  }

  /** A new connection leads to this one. Whether the last one did as well. */
  meet(server: ServerIdentity): boolean {
    const isSame = isSameServer(server, this.#last);
    this.#last = server;
    return isSame;
  }

  /** On a connection that stayed: the id of its history now, empty where it says none. Whether that is another one. */
  hear(history: string): boolean {
    const before = this.#last;
    if (history === '' || history === before.history) return false;
    this.#last = { ...before, history };
    return before.history !== '';
  }

  /** Once: it stays so until somebody changes it. */
  #tell(reason: string): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#log.warn(
      'Redis does not say which server it is: after each new connection all is compared',
      { reason },
    );
  }
}
