import type { Config } from '../config/config.ts';
import type { Logger } from '../observe/logger.ts';
import type { SessionRoom } from '../session/session-room.ts';
import { Session } from '../session/session.ts';
import { chooseTransport } from '../transport/choose.ts';
import type { FindPage } from '../transport/pages.ts';
import type { Transport } from '../transport/port.ts';
import { StartError } from './start-error.ts';

/** The public port; nothing listens yet. Throws StartError when no back end loads. */
export function makeTransport(
  config: Config,
  room: SessionRoom,
  log: Logger,
  findPage: FindPage | undefined,
): Transport {
  const { certFile, keyFile } = config.tls;
  const tls = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined;
  const choice = chooseTransport(
    config.transport,
    {
      host: config.host,
      port: config.port,
      ...(tls && { tls }),
      origins: config.origins,
      ...config.sockets,
      exclusivePort: true,
    },
    {
      openSession: (outbound) => new Session(room, outbound),
      log,
      ...(findPage !== undefined && { findPage }),
    },
  );
  if (choice.kind === 'unavailable') throw new StartError(choice.message);
  return choice.transport;
}
