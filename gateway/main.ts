#!/usr/bin/env node
import { exitCodes, processIo } from './cli/io.ts';
import { runCli } from './cli/program.ts';
import type { Start } from './cli/start-command.ts';
import { readVersion } from './cli/version.ts';
import type { DevMode } from './dev-mode.ts';
import { letHeapGrow } from './heap-growth.ts';
import type { GatewayNode } from './node.ts';

/** Runs a node from its start to the signal that ends it; the result is the exit code. */
async function startNode(start: Start): Promise<number> {
  const { config, warnings, version } = start;
  letHeapGrow([...process.execArgv, process.env['NODE_OPTIONS'] ?? '']);
  // Only a node needs the native module and the Redis client; the other commands start faster without them.
  const { GatewayNode } = await import('./node.ts');
  let node: GatewayNode | undefined;
  let life: Life | undefined;
  let dev: DevMode | undefined;
  try {
    if (config.dev) dev = new (await import('./dev-mode.ts')).DevMode(start);
    node = new GatewayNode(config, version, {
      findPage: dev?.findPage,
      askedToDrain: () => life?.drain(),
    });
    for (const warning of warnings) node.logger.warn(warning);
    life = liveUntilStopped(node);
    const addresses = await node.start();
    if (dev !== undefined) processIo.out(await dev.open(addresses));
    return await life.ended;
  } catch (error) {
    // A start that a signal cut short has not failed.
    if (life?.isStopping()) return await life.ended;
    const reason = error instanceof Error ? error.message : String(error);
    processIo.err(`gatehouse: cannot start: ${reason}\n`);
    await node?.close();
    return exitCodes.failure;
  } finally {
    await dev?.close();
  }
}

/** A node between its start and its end. */
interface Life {
  /** Resolves with the exit code when the node has stopped. */
  readonly ended: Promise<number>;
  readonly isStopping: () => boolean;
  /** An operator wants it to leave service; asked again, it goes on as it does. */
  readonly drain: () => void;
}

/** The first SIGTERM or SIGINT drains, as an operator's call does, a second one hurries; anything uncaught ends the process at once. */
function liveUntilStopped(node: GatewayNode): Life {
  const hurry = new AbortController();
  let isStopping = false;
  let signals = 0;
  let end: (code: Promise<number>) => void = () => undefined;
  const ended = new Promise<number>((resolve) => (end = resolve));
  const stop = (why: object): void => {
    if (isStopping) return;
    isStopping = true;
    node.logger.info(why, 'stopping');
    end(node.stop(hurry.signal).then(() => exitCodes.ok));
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    stop({ signal });
    if (signals === 1) return;
    node.logger.info({ signal }, 'hurrying');
    hurry.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('uncaughtException', (err) => {
    // What state the process is in nobody knows: the other nodes and the clients cope with its end.
    node.logger.fatal({ err }, 'uncaught: the process ends');
    node.logger.flush(() => process.exit(exitCodes.failure));
  });
  return {
    ended,
    isStopping: () => isStopping,
    drain: () => stop({ by: 'a call of /v1' }),
  };
}

/** The last close frames need a moment to leave; a client that does not read them must not hold the process. */
const lingerMs = 2000;

process.exitCode = await runCli(process.argv.slice(2), {
  io: processIo,
  version: readVersion(),
  startNode,
});
setTimeout(() => process.exit(), lingerMs).unref();
