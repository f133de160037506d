import { Option, type Command } from 'commander';
import { refuse } from '../app-option.ts';
import type { CliIo, Finish } from '../io.ts';
import { callAdmin, type AdminAddress, type Answered } from './admin-client.ts';
import { addressFor, report } from './admin-options.ts';
import { endedText, type EndedBody } from './session-commands.ts';
import { printable, timeText } from './text-table.ts';
import { momentS, spanS, userCommand, userPath, type UserOptions } from './user-options.ts';

interface BanOptions extends UserOptions {
  readonly for?: number;
  readonly until?: number;
  readonly forever?: boolean;
}

interface StatusBody {
  readonly state: string;
  readonly platforms: readonly string[];
  readonly customStatus: string;
  readonly hasAccount: boolean;
  /** null: the key may not see them. */
  readonly restrictions: {
    readonly ban: { readonly bannedAt: number; readonly endsAt: number | null } | null;
    readonly revokedAt: number | null;
  } | null;
}

/** `gatehouse ban | unban | status`. */
export function addBanCommands(program: Command, io: CliIo, finish: Finish): void {
  addBan(program, io, finish);
  const unban = userCommand(program, 'unban', 'Lift the ban of a user.');
  unban.action(async (userId: string, options: UserOptions) => {
    const address = addressFor(unban, options, io);
    const answered = await callAdmin(address, 'DELETE', userPath(userId, options, 'ban'));
    const say = ({ wasBanned }: { readonly wasBanned: boolean }): string =>
      wasBanned ? `the ban of ${userId} is lifted\n` : `${userId} was not banned\n`;
    finish(report(answered, options, io, say));
  });

  const status = userCommand(program, 'status', 'Say how a user is, and whether banned.');
  status.action(async (userId: string, options: UserOptions) => {
    const address = addressFor(status, options, io);
    finish(report(await wholeStatus(address, userId, options), options, io, statusText));
  });
}

function addBan(program: Command, io: CliIo, finish: Finish): void {
  const ban = userCommand(program, 'ban', 'End the sessions of a user, and let none begin.')
    .addOption(new Option('--for <TIME>', 'For so long: 90s, 30m, 12h, 7d or 2w.').argParser(spanS))
    .addOption(
      new Option('--until <MOMENT>', 'Until then: 2030-01-31, or 2030-01-31T12:00:00Z.')
        .argParser(momentS)
        .conflicts('for'),
    )
    .addOption(new Option('--forever', 'Until the ban is lifted.').conflicts(['for', 'until']));
  ban.action(async (userId: string, options: BanOptions) => {
    const endsAt = endOf(options, io.nowS());
    if (endsAt === undefined) return refuse(ban, 'how long? Give --for, --until or --forever');
    const address = addressFor(ban, options, io);
    const answered = await callAdmin(address, 'PUT', userPath(userId, options, 'ban'), { endsAt });
    const until = endsAt === null ? 'the ban is lifted' : timeText(endsAt);
    finish(
      report(answered, options, io, (body: EndedBody) => {
        return `${userId} is banned until ${until}; ${endedText(body)}`;
      }),
    );
  });
}

/** When a ban ends, in Unix seconds; null: when it is lifted. */
function endOf(options: BanOptions, nowS: number): number | null | undefined {
  if (options.forever === true) return null;
  return options.for === undefined ? options.until : nowS + options.for;
}

/** State and restrictions together; without the second where the key may not see them. */
async function wholeStatus(
  address: AdminAddress,
  userId: string,
  options: UserOptions,
): Promise<Answered> {
  const state = await callAdmin(address, 'GET', userPath(userId, options, 'status'));
  if (state.kind !== 'done') return state;
  const laid = await callAdmin(address, 'GET', userPath(userId, options, 'restrictions'));
  const isHidden = laid.kind === 'refused' && laid.code === 'scopeMissing';
  if (laid.kind !== 'done' && !isHidden) return laid;
  const restrictions = laid.kind === 'done' ? laid.body : null;
  return { kind: 'done', body: { ...(state.body as object), restrictions } };
}

function statusText(status: StatusBody): string {
  const { state, platforms, customStatus, hasAccount, restrictions } = status;
  const lines = [
    `state      ${state}`,
    `platforms  ${platforms.join(', ') || 'none'}`,
    `status     ${customStatus === '' ? 'none' : JSON.stringify(customStatus)}`,
    `account    ${hasAccount ? 'yes' : 'no'}`,
    ...(restrictions === null
      ? ['ban        not shown: the key lacks bans:read']
      : laidOn(restrictions)),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function laidOn({ ban, revokedAt }: NonNullable<StatusBody['restrictions']>): readonly string[] {
  const until = ban === null || ban.endsAt === null ? 'it is lifted' : timeText(ban.endsAt);
  return [
    `ban        ${ban === null ? 'none' : `until ${until}, since ${timeText(ban.bannedAt)}`}`,
    `revoked    ${revokedAt === null ? 'never, as far as is known' : timeText(revokedAt)}`,
  ];
}
