#!/usr/bin/env node
import { devBanner } from './cli/dev-banner.ts';
import { exitCodes, processIo } from './cli/io.ts';
import { runCli } from './cli/program.ts';
import type { Start } from './cli/start-command.ts';
import { readVersion } from './cli/version.ts';
import type { Config } from './config/config.ts';
import type { Addresses, GatewayNode } from './node.ts';
import { makeUserSig } from './ticket/user-sig.ts';

const sampleUserId = 'alice';
const sampleTicketS = 7 * 86_400;

/** Runs a node from its start to the signal that ends it; the result is the exit code. */
async function startNode({ config, warnings, version, isSampleApp }: Start): Promise<number> {
  // Only a node needs the native module and the Redis client; the other commands start faster without them.
  const { GatewayNode } = await import('./node.ts');
  let node: GatewayNode | undefined;
  let life: Life | undefined;
  try {
    node = new GatewayNode(config, version);
    for (const warning of warnings) node.logger.warn(warning);
    life = liveUntilSignal(node);
    const addresses = await node.start();
    if (config.dev) processIo.out(bannerOf(config, isSampleApp, addresses));
    return await life.ended;
  } catch (error) {
    // A start that a signal cut short has not failed.
    if (life?.isStopping()) return life.ended;
    const reason = error instanceof Error ? error.message : String(error);
    processIo.err(`gatehouse: cannot start: ${reason}\n`);
    await node?.close();
    return exitCodes.failure;
  }
}

/** A node between its start and its end. */
interface Life {
  /** Resolves with the exit code when the node has stopped. */
  readonly ended: Promise<number>;
  readonly isStopping: () => boolean;
}

/** The first SIGTERM or SIGINT drains, a second one hurries; anything uncaught ends the process at once. */
function liveUntilSignal(node: GatewayNode): Life {
  const hurry = new AbortController();
  let isStopping = false;
  const ended = new Promise<number>((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      node.logger.info({ signal }, isStopping ? 'hurrying' : 'stopping');
      if (isStopping) return hurry.abort();
      isStopping = true;
      resolve(node.stop(hurry.signal).then(() => exitCodes.ok));
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  process.on('uncaughtException', (err) => {
    // What state the process is in nobody knows: the other nodes and the clients cope with its end.
    node.logger.fatal({ err }, 'uncaught: the process ends');
    node.logger.flush(() => process.exit(exitCodes.failure));
  });
  return { ended, isStopping: () => isStopping };
}

function bannerOf(
  config: Config,
  isSampleApp: boolean,
  { url, adminUrl, transport }: Addresses,
): string {
  const [app] = config.apps;
  const [key] = app?.keys ?? [];
  if (app === undefined || key === undefined) return '';
  const userSig = makeUserSig({
    sdkAppId: app.id,
    secret: key.secret,
    userId: sampleUserId,
    expireS: sampleTicketS,
    issuedAt: Math.floor(Date.now() / 1000),
  });
  const sample = { sdkAppId: app.id, userId: sampleUserId, userSig, expireS: sampleTicketS };
  return devBanner({ url, adminUrl, transport, isSampleApp, ...sample });
}

/** The last close frames need a moment to leave; a client that does not read them must not hold the process. */
const lingerMs = 2000;

process.exitCode = await runCli(process.argv.slice(2), {
  io: processIo,
  version: readVersion(),
  startNode,
});
setTimeout(() => process.exit(), lingerMs).unref();
