import type {
  NodeAnswer,
  NodeLoad,
  NodeQuestion,
  NodeSelf,
  Nodes,
  NodeStanding,
} from '../node-port.ts';
import type { Connections } from './connection.ts';
import type { Keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

/** What this takes. */
export interface RedisNodesParts {
  readonly connections: Connections;
  readonly scripts: Scripts;
  readonly keys: Keys;
}

/**
 * The nodes on one Redis: what they told with their beats is read, and they are asked over their channels. A question is
 * `ask <nodeId of the caller> <number> <JSON>`, its answer `answer <number> <JSON>`. Either may be lost: then there is no
 * answer in time.
 */
export class RedisNodes implements Nodes {
  readonly #parts: RedisNodesParts;
  readonly #nodeId: string;
  readonly #waitMs: number;
  readonly #waiting = new Map<number, (answer: NodeAnswer | undefined) => void>();
  #last = 0;
  /** Who answers for this node; undefined: nobody, it is none. */
  self: NodeSelf | undefined;

  constructor(parts: RedisNodesParts, nodeId: string, waitMs: number) {
    this.#parts = parts;
    this.#nodeId = nodeId;
    this.#waitMs = waitMs;
  }

  /** What goes with the next beat; empty when there is nothing to tell. */
  get loadText(): string {
    return this.self === undefined ? '' : JSON.stringify(this.self.load());
  }

  async all(): Promise<readonly NodeStanding[]> {
    const { connections, scripts, keys } = this.#parts;
    const reply = await connections.run(scripts.nodes, keys.leases, keys.load);
    const [storeMs, ...texts] = reply as readonly string[];
    const nodes: NodeStanding[] = [];
    for (let i = 0; i + 2 < texts.length; i += 3) {
      const [nodeId = '', endsAt, load = ''] = texts.slice(i, i + 3);
      const leaseLeftMs = Math.max(0, Number(endsAt) - Number(storeMs));
      nodes.push({ nodeId, leaseLeftMs, load: parseLoad(load) });
    }
    return nodes.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  }

  async ask(nodeId: string, question: NodeQuestion): Promise<NodeAnswer | undefined> {
    if (nodeId === this.#nodeId) return this.self?.asked(question);
    const number = ++this.#last;
    const answer = new Promise<NodeAnswer | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), this.#waitMs);
      this.#waiting.set(number, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
    });
    try {
      await this.#publish(nodeId, `ask ${this.#nodeId} ${number} ${JSON.stringify(question)}`);
      return await answer;
    } finally {
      this.#waiting.get(number)?.(undefined);
      this.#waiting.delete(number);
    }
  }

  /** A question has come down this node's channel: `<nodeId> <number> <JSON>`. */
  asked(text: string): void {
    const [, from = '', number = '', json = ''] = /^(\S+) (\d+) (.*)$/s.exec(text) ?? [];
    const answer = this.self?.asked(JSON.parse(json) as NodeQuestion);
    // Nobody is there, or the question is one of a newer node: the caller waits in vain, as for a node that is away.
    if (answer === undefined) return;
    // Whoever waits for it gives up by itself.
    this.#publish(from, `answer ${number} ${JSON.stringify(answer)}`).catch(() => undefined);
  }

  /** An answer has come: `<number> <JSON>`. One that comes too late is nothing. */
  answered(text: string): void {
    const [, number = '', json = ''] = /^(\d+) (.*)$/s.exec(text) ?? [];
    this.#waiting.get(Number(number))?.(JSON.parse(json) as NodeAnswer);
  }

  async #publish(nodeId: string, message: string): Promise<void> {
    const { connections, keys } = this.#parts;
    await connections.ask('publish', keys.channel(nodeId), message);
  }
}

function parseLoad(text: string): NodeLoad | undefined {
  return text === '' ? undefined : (JSON.parse(text) as NodeLoad);
}
