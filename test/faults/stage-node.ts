import { readdirSync } from 'node:fs';
import { app } from '../support/deployment.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import type { Door } from './attempt.ts';
import type { EventLog } from './event-log.ts';
import { hooks } from './hooks.ts';
import { FaultProxy } from './proxy.ts';
import type { StoreAccess } from './store.ts';

/** How a node is started, each time. */
export interface NodeSettings {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Flags for Node itself. */
  readonly nodeFlags: readonly string[];
  /** Clients come through a proxy. */
  readonly hasDoorProxy: boolean;
}

/** One node of a bench, over all its incarnations. */
export class StageNode implements Door {
  readonly name: string;
  readonly #access: StoreAccess;
  readonly #settings: NodeSettings;
  readonly #log: EventLog;
  #process: GatewayProcess | undefined;
  #door: FaultProxy | undefined;
  #isLeaving = false;
  #mayComplain = false;

  private constructor(name: string, access: StoreAccess, settings: NodeSettings, log: EventLog) {
    this.name = name;
    this.#access = access;
    this.#settings = settings;
    this.#log = log;
  }

  /** Resolves when the node is ready. */
  static async start(
    name: string,
    access: StoreAccess,
    settings: NodeSettings,
    log: EventLog,
  ): Promise<StageNode> {
    const node = new StageNode(name, access, settings, log);
    await node.start();
    return node;
  }

  /** Starts it, again under its name after it went. */
  async start(): Promise<void> {
    const { flags, env, nodeFlags, hasDoorProxy } = this.#settings;
    this.#isLeaving = false;
    this.#mayComplain = false;
    const own = ['--redis', this.#access.url, '--node-name', this.name, '--log-level', 'debug'];
    const limits = ['--sockets-max-pending-per-address', '100000'];
    // A session that is held for its client would hide for how long one that is over stays (I4).
    const hold = ['--presence-hold-s', '0'];
    const process = await GatewayProcess.start({
      flags: [...own, ...limits, ...hold, ...flags],
      nodeFlags: [...hooks.collecting, ...nodeFlags],
      env: { GATEHOUSE_APP: `${app.sdkAppId}:${app.secret}`, ...env },
      onLog: (line) =>
        this.#log.append({
          kind: 'nodeSaid',
          node: this.name,
          level: String(line['level']),
          line,
        }),
    });
    this.#process = process;
    this.#log.append({
      kind: 'nodeStarted',
      node: this.name,
      nodeId: String(process.ready['nodeId']),
    });
    void process.ended().then((how) => this.#gone(how));
    // Clients may come meanwhile: there is always a door with a port.
    const before = this.#door;
    if (hasDoorProxy) this.#door = await FaultProxy.start(Number(new URL(process.url).port));
    await before?.stop();
  }

  get process(): GatewayProcess {
    if (this.#process === undefined) throw new Error(`node ${this.name} does not run`);
    return this.#process;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Where clients connect: its own port, or that of the proxy before it. */
  get port(): number {
    return this.#door?.port ?? Number(new URL(this.process.url).port);
  }

  /** The network between this node and Redis. */
  get redis(): FaultProxy {
    if (this.#access.proxy === undefined) throw new Error('this store is reached without a proxy');
    return this.#access.proxy;
  }

  /** The network between this node and its clients. */
  get door(): FaultProxy {
    if (this.#door === undefined) throw new Error('this stage has no proxies before its nodes');
    return this.#door;
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#isLeaving = true;
    this.#log.append({ kind: 'nodeKilled', node: this.name });
    await this.#process?.kill();
  }

  /** Lets the hook for SIGWINCH kill it, and waits until it is gone, with its last words. */
  async doom(): Promise<number | string> {
    this.#isLeaving = true;
    this.#mayComplain = true;
    this.#log.append({ kind: 'nodeKilled', node: this.name });
    const { process } = this;
    process.signal('SIGWINCH');
    return process.ended();
  }

  /** Tells it to leave service, and waits until it is gone. */
  async drain(): Promise<number | string> {
    this.#isLeaving = true;
    const { process } = this;
    process.signal('SIGTERM');
    return process.ended();
  }

  /** Stops the process in its tracks: its sockets stay open and nothing is answered. */
  pause(): void {
    this.process.signal('SIGSTOP');
  }

  resume(): void {
    this.process.signal('SIGCONT');
  }

  /** What /readyz says. */
  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.process.adminUrl}/readyz`, {
      signal: AbortSignal.timeout(2000),
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  }

  /** Why /readyz says no; empty when it does not. */
  async reasons(): Promise<readonly string[]> {
    const answer = await fetch(`${this.process.adminUrl}/readyz`);
    const { reasons = [] } = (await answer.json()) as { readonly reasons?: readonly string[] };
    return reasons;
  }

  /** The sum of a metric over its labels; 0 where there is none of the name. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`${this.process.adminUrl}/metrics`, {
      signal: AbortSignal.timeout(5000),
    });
    return (await answer.text())
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** What V8's heap holds, garbage apart. */
  heapBytes(): Promise<number> {
    this.process.signal('SIGUSR2');
    return this.metric('nodejs_heap_size_used_bytes');
  }

  /** Files and sockets that the process has open. */
  get openFiles(): number {
    return readdirSync(`/proc/${this.process.pid}/fd`).length;
  }

  async stop(): Promise<void> {
    if (this.isRunning) await this.kill();
    await this.#door?.stop();
    this.#door = undefined;
  }

  #gone(how: number | string): void {
    const stray = this.#process?.stderr ?? '';
    this.#process = undefined;
    this.#log.append({ kind: 'nodeGone', node: this.name, with: how, wanted: this.#isLeaving });
    if (stray !== '') {
      const line = { msg: stray };
      const level = this.#mayComplain ? 'info' : 'error';
      this.#log.append({ kind: 'nodeSaid', node: this.name, level, line });
    }
  }
}
