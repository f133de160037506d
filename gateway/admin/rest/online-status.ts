import { z } from 'zod';
import type { UserStatus } from '../../registry/status.ts';
import { isUserId } from '../../ticket/user-sig-fields.ts';
import { restCodes } from './codes.ts';
import { command, type Call, type Command, type RestRegistry } from './command.ts';
import { done, refuse, type Reply } from './reply.ts';
import { platformWords, stateWords } from './words.ts';

/** Most users one call may name. */
const maxUsers = 500;

const flag = z.literal([0, 1]).default(0);

const body = z.object({
  To_Account: z
    .array(z.string({ error: 'badAccountList' }), { error: 'badAccountList' })
    .min(1, { error: 'badBody' })
    .max(maxUsers, { error: 'tooManyAccounts' }),
  IsNeedDetail: flag,
  IsReturnInstid: flag,
  IsReturnCustomStatus: flag,
});

type Query = Call<z.output<typeof body>>;

/** Tells how users are: under the name of today and under the older one. */
export const onlineStatusCommands: readonly Command[] = ['query_online_status', 'querystate'].map(
  (name) =>
    command({
      service: 'openim',
      name,
      doc:
        name === 'querystate'
          ? 'The older name of `openim/query_online_status`; the answer is the same.'
          : 'How users are: Online, PushOnline or Offline.',
      callsPerS: 200,
      maxBytes: 65_536,
      bounds: `1 to ${maxUsers} users`,
      body,
      request: '{"To_Account":["alice","bob","nobody"],"IsNeedDetail":1}',
      response:
        '{"QueryResult":[{"To_Account":"alice","Status":"Online","State":"Online","Detail":[{"Platform":"Web","Status":"Online"}]},' +
        '{"To_Account":"bob","Status":"Offline","State":"Offline","Detail":[]}],"ErrorList":[{"To_Account":"nobody","ErrorCode":70107}]}',
      codes: ['badBody', 'badAccountList', 'tooManyAccounts', 'noSuchUser', 'messageServiceFailed'],
      run: queryStatus,
    }),
);

async function queryStatus(query: Query): Promise<Reply> {
  const { sdkAppId, registry } = query;
  const names = [...new Set(query.body.To_Account)];
  const users = names.filter(isUserId).map((userId) => ({ sdkAppId, userId }));
  const known = await withAccount(await registry.statuses(users), registry);
  const unknown = new Set(names);
  for (const { user } of known) unknown.delete(user.userId);
  const ErrorList = [...unknown].map((name) => ({
    To_Account: name,
    ErrorCode: restCodes.noSuchUser.code,
  }));
  const QueryResult = await Promise.all(known.map((status) => resultOf(status, query)));
  const fields = { QueryResult, ErrorList };
  return known.length > 0 ? done(fields) : { ...refuse('noSuchUser'), fields };
}

/** Without the users who have no account. Whoever is not offline has one. */
async function withAccount(
  statuses: readonly UserStatus[],
  registry: RestRegistry,
): Promise<readonly UserStatus[]> {
  const offline = statuses.filter(({ state }) => state === 'offline').map(({ user }) => user);
  const answers = await registry.accounts.exist(offline);
  const strangers = new Set(offline.filter((_user, i) => answers[i] !== true));
  return statuses.filter(({ user }) => !strangers.has(user));
}

/** Tencent's pages call the state `Status` or `State`, by year and language: both are there. */
async function resultOf(status: UserStatus, query: Query): Promise<Record<string, unknown>> {
  const word = stateWords[status.state];
  const result = { To_Account: status.user.userId, Status: word, State: word };
  const { IsNeedDetail, IsReturnInstid, IsReturnCustomStatus } = query.body;
  return {
    ...result,
    ...((IsNeedDetail === 1 || IsReturnInstid === 1) && { Detail: await detailOf(status, query) }),
    ...(IsReturnCustomStatus === 1 && { CustomStatus: status.customStatus }),
  };
}

/** Where the user is online: each platform once, or each instance. */
async function detailOf(status: UserStatus, { body: asked, registry }: Query): Promise<object[]> {
  const Status = stateWords.online;
  if (asked.IsReturnInstid === 0 || status.state !== 'online') {
    return status.platforms.map((platform) => ({ Platform: platformWords[platform], Status }));
  }
  const sessions = await registry.sessions(status.user);
  return sessions.map(({ platform, instanceId }) => ({
    Platform: platformWords[platform],
    Status,
    Instid: instanceId,
  }));
}
