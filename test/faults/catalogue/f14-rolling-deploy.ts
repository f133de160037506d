import { closeCodes } from '../../../protocol/codes.ts';
import type { Device } from '../device.ts';
import type { Fault } from '../fault.ts';
import type { Stamped } from '../events.ts';
import type { Stage } from '../stage.ts';
import type { StageNode } from '../stage-node.ts';

const users = { full: 400, short: 40 } as const;
/** Newcomers that log in at any time. */
const lanes = 4;

/** What became of the clients of a node while it left. */
function farewells(events: readonly Stamped[], node: StageNode) {
  const there = new Set<number>();
  const told = new Set<number>();
  const ends: number[] = [];
  let untold = 0;
  for (const event of events) {
    if (event.kind === 'sent' && event.node === node.name) there.add(event.login);
    if (event.kind === 'goingAway') told.add(event.login);
    if (event.kind !== 'closed' || event.byUs || !there.has(event.login)) continue;
    ends.push(event.code);
    if (!told.has(event.login)) untold += 1;
  }
  return { ends, untold };
}

/** The load on a deploy: users who come and go, and know which node is about to leave. */
class Newcomers {
  readonly #stage: Stage;
  readonly #prefix: string;
  #lanes: Promise<void>[] = [];
  #isOver = false;
  count = 0;
  leaving: StageNode | undefined;

  constructor(stage: Stage, prefix: string) {
    this.#stage = stage;
    this.#prefix = prefix;
  }

  /** A node that stays, as a load balancer would choose it. */
  readonly door = (): StageNode =>
    this.#stage.random.oneOf(
      this.#stage.nodes.filter((node) => node !== this.leaving && node.isRunning),
    );

  begin(): void {
    this.#lanes = Array.from({ length: lanes }, () => this.#come());
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  async #come(): Promise<void> {
    let last: Device | undefined;
    while (!this.#isOver) {
      const userId = `${this.#prefix}-${this.count++}`;
      const device = this.#stage.fleet.device(userId).obey(this.door);
      await device.logIn(this.door());
      last?.close();
      last = device;
    }
  }
}

async function replace(stage: Stage, node: StageNode, start: number): Promise<void> {
  const before = stage.log.length;
  stage.fault(`node ${node.name} is told to leave`);
  const how = await node.drain();
  stage.expect(how === 0, 'I8', `node ${node.name} ended with ${how}`);
  const were = farewells(stage.log.from(start), node);
  const earlier = farewells(stage.log.from(start).slice(0, before - start), node);
  const ends = were.ends.slice(earlier.ends.length);
  const wrong = ends.filter((code) => code !== closeCodes.goingAway.code);
  stage.expect(
    wrong.length === 0,
    'I7',
    `clients of a node that left saw ${[...new Set(wrong)].join(', ')}`,
  );
  stage.expect(were.untold === 0, 'I7', `${were.untold} clients were closed and not told before`);
  const { detail } = stage;
  detail['told'] = (detail['told'] ?? 0) + ends.length;
  detail['closedWith1006'] = (detail['closedWith1006'] ?? 0) + wrong.length;
  await node.start();
}

/** F14: every node in turn is told to leave (SIGTERM) and started again, while users come and go. */
export const rollingDeploy: Fault = {
  id: 'F14',
  name: 'each of three nodes in turn is told to leave (SIGTERM) and started again, under load',
  holds:
    'every client is told before its connection closes with 4000, none sees 1006, all come back',
  stage: {
    nodes: 3,
    flagsOf: {
      full: [],
      short: ['--drain-window-s', '1', '--drain-reconnect-spread-s', '1'],
    },
  },
  rounds: { full: 1, short: 1 },
  boundMs: 10_000,
  async tell(stage, round) {
    const { fleet, detail } = stage;
    const start = stage.log.length;
    const newcomers = new Newcomers(stage, `r${round}-newcomer`);
    for (const node of stage.nodes) {
      const devices = fleet.devices(`r${round}-${node.name}`, users[stage.form]);
      for (const device of devices) device.obey(newcomers.door);
      await fleet.logInAll(devices, node);
    }
    newcomers.begin();
    try {
      for (const node of stage.nodes) {
        newcomers.leaving = node;
        await replace(stage, node, start);
        newcomers.leaving = undefined;
      }
    } finally {
      await newcomers.end();
    }
    detail['newcomers'] = (detail['newcomers'] ?? 0) + newcomers.count;
    await stage.until(() => !fleet.isPending, 'all to come back');
  },
};
