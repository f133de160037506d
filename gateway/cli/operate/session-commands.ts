import { Option, type Command } from 'commander';
import type { CliIo, Finish } from '../io.ts';
import { callAdmin } from './admin-client.ts';
import { addressFor, report } from './admin-options.ts';
import { counted, textTable, timeText } from './text-table.ts';
import { nameOf, userCommand, userPath, type UserOptions } from './user-options.ts';

/** A session as /v1 tells it; state and address only where sessions are listed. */
interface SessionBody {
  readonly sessionId: string;
  readonly instanceId: string;
  readonly platform: string;
  readonly nodeId: string;
  readonly loggedInAt: number;
  readonly ticketEndsAt: number;
  readonly state?: string;
  readonly address?: string | null;
}

/** The sessions that a call has ended. */
export interface EndedBody {
  readonly ended: readonly SessionBody[];
}

interface KickOptions extends UserOptions {
  readonly session?: string;
  readonly instance?: string;
  readonly revoke?: boolean;
}

/** `gatehouse sessions | kick`. */
export function addSessionCommands(program: Command, io: CliIo, finish: Finish): void {
  const list = userCommand(program, 'sessions', 'List the sessions of a user, newest first.');
  list.action(async (userId: string, options: UserOptions) => {
    const address = addressFor(list, options, io);
    const answered = await callAdmin(address, 'GET', userPath(userId, options, 'sessions'));
    const say = ({ sessions }: { readonly sessions: readonly SessionBody[] }): string =>
      sessions.length === 0 ? `${userId} has no session\n` : sessionTable(sessions);
    finish(report(answered, options, io, say));
  });

  const kick = userCommand(program, 'kick', 'End the sessions of a user, or one of them.')
    .addOption(new Option('--session <ID>', 'End only this session.').argParser(nameOf))
    .addOption(
      new Option('--instance <ID>', 'End only what this instance has running.')
        .argParser(nameOf)
        .conflicts('session'),
    )
    .addOption(
      new Option('--revoke', 'Kill the tickets there are as well.').conflicts([
        'session',
        'instance',
      ]),
    );
  kick.action(async (userId: string, options: KickOptions) => {
    const address = addressFor(kick, options, io);
    const [method, rest] = kickCall(options);
    const answered = await callAdmin(address, method, userPath(userId, options, rest));
    finish(report(answered, options, io, endedText));
  });
}

function kickCall({ session, instance, revoke }: KickOptions): readonly [string, string] {
  if (session !== undefined) return ['DELETE', `sessions/${session}`];
  if (instance !== undefined) return ['DELETE', `instances/${instance}`];
  return revoke === true ? ['POST', 'revoke'] : ['DELETE', 'sessions'];
}

/** Which sessions were ended, for people. */
export function endedText({ ended }: EndedBody): string {
  const head = `ended ${counted(ended.length, 'session')}\n`;
  return ended.length === 0 ? head : `${head}${sessionTable(ended)}`;
}

function sessionTable(sessions: readonly SessionBody[]): string {
  const isListed = sessions.some(({ state }) => state !== undefined);
  const titles = ['SESSION', 'INSTANCE', 'PLATFORM', 'NODE', 'LOGGED IN', 'TICKET ENDS'];
  const rows = sessions.map((one) => [
    one.sessionId,
    one.instanceId,
    one.platform,
    one.nodeId,
    timeText(one.loggedInAt),
    timeText(one.ticketEndsAt),
    ...(isListed ? [one.state ?? '', one.address ?? 'unknown'] : []),
  ]);
  return textTable(isListed ? [...titles, 'STATE', 'ADDRESS'] : titles, rows);
}
