import type { Stage } from './stage.ts';
import type { StageNode } from './stage-node.ts';

/** Connections to Redis come and go; a leak in hundreds of clients a round is more. */
const fileTolerance = 8;
/** Compiled code and buffers that stay; a session takes some KB, and a run has thousands. */
const heapToleranceBytes = 12 * 1024 * 1024;

interface Reading {
  readonly files: number;
  readonly heapBytes: number;
}

/** I8: what the nodes of a stage have open and in use, to be compared later. */
export class BaseLine {
  readonly #before: ReadonlyMap<number, Reading>;

  private constructor(before: ReadonlyMap<number, Reading>) {
    this.#before = before;
  }

  static async of(stage: Stage): Promise<BaseLine> {
    return new BaseLine(await readAll(stage));
  }

  /** What has grown in the nodes that have lived since, in words. */
  async growth(stage: Stage): Promise<string[]> {
    const grown: string[] = [];
    for (const [pid, now] of await readAll(stage)) {
      const before = this.#before.get(pid);
      if (before === undefined) continue;
      if (now.files > before.files + fileTolerance) {
        grown.push(`I8: ${now.files} open files, ${before.files} before`);
      }
      if (now.heapBytes > before.heapBytes + heapToleranceBytes) {
        grown.push(`I8: a heap of ${megabytes(now)} MB, ${megabytes(before)} before`);
      }
    }
    return grown;
  }
}

async function readAll(stage: Stage): Promise<ReadonlyMap<number, Reading>> {
  const running = stage.nodes.filter(({ isRunning }) => isRunning);
  return new Map(await Promise.all(running.map(read)));
}

async function read(node: StageNode): Promise<readonly [number, Reading]> {
  return [node.process.pid, { files: node.openFiles, heapBytes: await node.heapBytes() }];
}

function megabytes({ heapBytes }: Reading): number {
  return Math.round(heapBytes / 1024 / 1024);
}
