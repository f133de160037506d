import { z } from 'zod';
import { isUserId } from '../../ticket/user-sig-fields.ts';
import { restCodes, type RestCodeName } from './codes.ts';
import { command, RegistryAway, type Call, type Command } from './command.ts';
import { done, refuse, type Reply } from './reply.ts';
import { namedUser } from './user-name.ts';

/** Most users one call may name. */
const maxUsers = 100;
/** Most bytes of a field of a profile. */
const maxProfileBytes = 500;

/** Taken for the sake of those who send it; profiles are not kept. */
const profileText = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= maxProfileBytes, { error: 'profileTooLong' })
  .optional();
const profile = { Nick: profileText, FaceUrl: profileText };

/** A name that may turn out to be none: it is answered by itself. */
const anyName = z.string({ error: 'badIdFormat' });
const items = z
  .array(z.object({ UserID: anyName }))
  .min(1)
  .max(maxUsers);

const oneImport = z.intersection(namedUser, z.object(profile));
const manyImport = z.object({
  Accounts: z
    .array(
      z.preprocess(
        (one) => (typeof one === 'string' ? { UserID: one } : one),
        z.object({ UserID: anyName, ...profile }, { error: 'badIdFormat' }),
      ),
    )
    .min(1)
    .max(maxUsers),
});
const check = z.object({ CheckItem: items });
const deletion = z.object({ DeleteItem: items });

/** Signs users up and tells who is. */
export const accountCommands: readonly Command[] = [
  command({
    service: 'im_open_login_svc',
    name: 'account_import',
    doc: 'Signs a user up before the first login. Who has an account keeps it. `Nick` and `FaceUrl` are taken and not kept.',
    callsPerS: 200,
    maxBytes: 8192,
    bounds: `1 user, ${maxProfileBytes} bytes for each field of the profile`,
    body: oneImport,
    request: '{"UserID":"alice","Nick":"Alice"}',
    response: '{}',
    codes: ['profileTooLong', 'badIdFormat', 'invalidParameters', 'internalError'],
    run: importOne,
  }),
  command({
    service: 'im_open_login_svc',
    name: 'multiaccount_import',
    doc: 'Signs users up, given by name or as for `account_import`. `FailAccounts` names those that can be no user.',
    callsPerS: 100,
    maxBytes: 262_144,
    bounds: `1 to ${maxUsers} users, ${maxProfileBytes} bytes for each field of a profile`,
    body: manyImport,
    request: '{"Accounts":["alice",{"UserID":"bob","Nick":"Bob"}]}',
    response: '{"FailAccounts":[]}',
    codes: ['profileTooLong', 'badIdFormat', 'invalidParameters', 'internalError'],
    run: importMany,
  }),
  command({
    service: 'im_open_login_svc',
    name: 'account_check',
    doc: 'Tells who has an account.',
    callsPerS: 100,
    maxBytes: 16_384,
    bounds: `1 to ${maxUsers} users`,
    body: check,
    request: '{"CheckItem":[{"UserID":"alice"},{"UserID":"bob"}]}',
    response:
      '{"ResultItem":[{"UserID":"alice","ResultCode":0,"ResultInfo":"","AccountStatus":"Imported"},' +
      '{"UserID":"bob","ResultCode":0,"ResultInfo":"","AccountStatus":"NotImported"}]}',
    codes: ['badIdFormat', 'invalidParameters', 'internalError'],
    run: checkAccounts,
  }),
  command({
    service: 'im_open_login_svc',
    name: 'account_delete',
    doc: 'Takes accounts away, revokes the tickets of these users and ends their sessions. Who logs in later is signed up anew.',
    callsPerS: 100,
    maxBytes: 16_384,
    bounds: `1 to ${maxUsers} users`,
    body: deletion,
    request: '{"DeleteItem":[{"UserID":"bob"},{"UserID":"nobody"}]}',
    response:
      '{"ResultItem":[{"UserID":"bob","ResultCode":0,"ResultInfo":""},' +
      `{"UserID":"nobody","ResultCode":70107,"ResultInfo":"${restCodes.noSuchUser.text}"}]}`,
    codes: ['badIdFormat', 'noSuchUser', 'invalidParameters', 'registryAway', 'internalError'],
    run: deleteAccounts,
  }),
];

async function importOne({
  sdkAppId,
  registry,
  body,
}: Call<z.output<typeof oneImport>>): Promise<Reply> {
  await registry.accounts.import([{ sdkAppId, userId: body.userId }]);
  return done();
}

async function importMany(call: Call<z.output<typeof manyImport>>): Promise<Reply> {
  const { sdkAppId, registry, body } = call;
  const names = body.Accounts.map(({ UserID }) => UserID);
  const users = [...new Set(names.filter(isUserId))].map((userId) => ({ sdkAppId, userId }));
  const FailAccounts = names.filter((name) => !isUserId(name));
  if (users.length === 0) return { ...refuse('invalidParameters'), fields: { FailAccounts } };
  await registry.accounts.import(users);
  return done({ FailAccounts });
}

async function checkAccounts(call: Call<z.output<typeof check>>): Promise<Reply> {
  const { sdkAppId, registry, body } = call;
  const names = body.CheckItem.map(({ UserID }) => UserID);
  const known = [...new Set(names.filter(isUserId))];
  const answers = await registry.accounts.exist(known.map((userId) => ({ sdkAppId, userId })));
  const imported = new Set(known.filter((_name, i) => answers[i]));
  const ResultItem = names.map((UserID) => ({
    ...itemOf(UserID, isUserId(UserID) ? undefined : 'invalidParameters'),
    AccountStatus: imported.has(UserID) ? 'Imported' : 'NotImported',
  }));
  return done({ ResultItem });
}

async function deleteAccounts(call: Call<z.output<typeof deletion>>): Promise<Reply> {
  const names = [...new Set(call.body.DeleteItem.map(({ UserID }) => UserID))];
  const faults = await Promise.all(names.map((userId) => deleteAccount(userId, call)));
  // With all of them it is the call that failed.
  if (faults.every((fault) => fault === 'registryAway')) return refuse('registryAway');
  return done({ ResultItem: names.map((UserID, i) => itemOf(UserID, faults[i])) });
}

/** Why there is no account to delete, or none was deleted for certain; undefined = it is gone. */
async function deleteAccount(
  userId: string,
  { sdkAppId, registry }: Call<unknown>,
): Promise<RestCodeName | undefined> {
  if (!isUserId(userId)) return 'invalidParameters';
  try {
    const { wasThere } = await registry.accounts.delete({ sdkAppId, userId });
    return wasThere ? undefined : 'noSuchUser';
  } catch (error) {
    if (error instanceof RegistryAway) return 'registryAway';
    throw error;
  }
}

/** One of many in an answer. */
function itemOf(UserID: string, fault: RestCodeName | undefined): object {
  const { code, text } = fault === undefined ? { code: 0, text: '' } : restCodes[fault];
  return { UserID, ResultCode: code, ResultInfo: text };
}
