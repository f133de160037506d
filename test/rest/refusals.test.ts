import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restCodes, type RestCodeName, ticketCodes } from '../../gateway/admin/rest/codes.ts';
import { commands } from '../../gateway/admin/rest/commands.ts';
import { answerCodes } from '../../protocol/codes.ts';
import { app, type Deployment, otherApp } from '../support/deployment.ts';
import { callRest, type RestCall } from '../support/rest-client.ts';
import { until } from '../support/until.ts';
import {
  admin,
  callAsAdmin,
  closedApp,
  endedApp,
  otherAdmin,
  queryOf,
  registries,
  startSite,
} from './site.ts';

type RefusalName = RestCodeName | (typeof ticketCodes)[number];
type Change = Partial<RestCall>;

const nowS = (): number => Math.floor(Date.now() / 1000);
const status = 'openim/query_online_status';
const kick = 'im_open_login_svc/kick';
const importOne = 'im_open_login_svc/account_import';
const importMany = 'im_open_login_svc/multiaccount_import';
const check = 'im_open_login_svc/account_check';
const remove = 'im_open_login_svc/account_delete';
const send = 'openim/sendmsg';
const everybody = 'all_member_push/im_push';
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `u${i}`);

/** A UserSig of any content, as the libraries pack it. */
function packed(content: object): string {
  const text = deflateSync(JSON.stringify(content)).toString('base64');
  return text.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
}

function codeOf(name: RefusalName): number {
  return name in restCodes
    ? restCodes[name as RestCodeName].code
    : answerCodes[name as (typeof ticketCodes)[number]].code;
}

/**
 * What makes a good call one that is refused, for every code there is: the type asks for it. `elsewhere` are those that need
 * more than one call (limits.test.ts) or a fault inside (test/admin/rest-api.test.ts).
 */
function refusalsOf(deployment: Deployment): Record<RefusalName, readonly Change[] | 'elsewhere'> {
  const query = (change: RestCall['query']): Change => ({ query: queryOf(deployment, change) });
  const ticket = deployment.ticket.bind(deployment);
  const asOtherApp = { sdkappid: String(otherApp.sdkAppId) };
  /** A message that is good but for these fields, by both commands that send one. */
  const message = (path: string, fields: object): Change => ({
    path,
    body: {
      ...(path === send && { To_Account: 'alice', MsgLifeTime: 0 }),
      MsgRandom: 1,
      MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: {} }],
      ...fields,
    },
  });
  const messages = (fields: object): Change[] => [
    message(send, fields),
    message(everybody, fields),
  ];
  return {
    badUrl: [
      query({ contenttype: 'xml' }),
      query({ contenttype: '' }),
      ...['sdkappid=1', 'usersig=x', 'identifier=administrator', 'contenttype=json'].map(
        (twice) => ({ search: `&${twice}` }),
      ),
    ],
    bodyNotJson: ['', '{', '{"UserID":"alice",}', "{'UserID':1}", 'NaN', '\u0000'].map((body) => ({
      body,
    })),
    badAccount: [undefined, '', 'admin istrator', 'é', 'a'.repeat(33), "' or 1=1"].map(
      (identifier) => query({ identifier }),
    ),
    badApp: ['1400009999', '0', '-1', '1.4e9', '01400000001', ' 1400000001', 'x', '__proto__'].map(
      (sdkappid) => query({ sdkappid }),
    ),
    tooFrequent: 'elsewhere',
    badRequest: ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => ({ method })),
    noSuchCommand: [
      'openim/nothing',
      'openim/Query_online_status',
      'openim/query_online_status/',
      '/openim/query_online_status',
      'openim',
      '',
      '__proto__/constructor',
      'im_open_login_svc/query_online_status',
      'openim%2fquery_online_status',
    ].map((path) => ({ path })),
    notAdmin: [
      query({ identifier: 'alice', usersig: ticket('alice') }),
      query({ identifier: 'Administrator', usersig: ticket('Administrator') }),
      query({ ...asOtherApp, usersig: ticket(admin, otherApp) }),
      query({ sdkappid: String(closedApp.sdkAppId), usersig: ticket(admin, closedApp) }),
    ],
    tooFrequentApp: 'elsewhere',
    appMissing: [query({ sdkappid: undefined }), query({ sdkappid: '' }), { query: {} }],
    profileTooLong: [
      { path: importOne, body: { UserID: 'alice', Nick: 'é'.repeat(251) } },
      { path: importOne, body: { UserID: 'alice', FaceUrl: 'x'.repeat(501) } },
      { path: importMany, body: { Accounts: [{ UserID: 'alice', Nick: 'x'.repeat(501) }] } },
    ],
    badIdFormat: [
      ...[5, null, ['alice'], {}, true].flatMap((UserID) =>
        [kick, importOne].map((path) => ({ path, body: { UserID } })),
      ),
      { path: check, body: { CheckItem: [{ UserID: 5 }] } },
      { path: remove, body: { DeleteItem: [{ UserID: null }] } },
      { path: importMany, body: { Accounts: [5] } },
      { path: importMany, body: { Accounts: [{ UserID: 5 }] } },
    ],
    noSuchUser: [
      { path: status, body: { To_Account: ['no user', '', 'é', 'a'.repeat(33), 'nobody'] } },
      { path: kick, body: { UserID: 'nobody' } },
    ],
    registryAway: 'elsewhere',
    invalidParameters: [
      ...[kick, importOne, importMany, check, remove].flatMap((path) =>
        [
          {},
          [],
          null,
          'alice',
          { userid: 'alice' },
          { UserID: 'no user' },
          { UserID: '' },
          { UserID: 'alice', Identifier: 'bob' },
        ].map((body) => ({ path, body: JSON.stringify(body) })),
      ),
      { path: importMany, body: { Accounts: [] } },
      { path: importMany, body: { Accounts: names(101) } },
      { path: importMany, body: { Accounts: ['no user'] } },
      { path: importOne, body: { UserID: 'alice', Nick: 7 } },
      { path: remove, body: { DeleteItem: [] } },
      { path: remove, body: { DeleteItem: names(101).map((UserID) => ({ UserID })) } },
      { path: check, body: { CheckItem: [] } },
      { path: check, body: { CheckItem: ['alice'] } },
      { path: check, body: { CheckItem: names(101).map((UserID) => ({ UserID })) } },
    ],
    internalError: 'elsewhere',
    bodyTooLong: [{ body: ' '.repeat(65_537) }, { body: 'x'.repeat(3_000_000) }],
    badMessage: [
      [],
      [5],
      [null],
      [{}],
      [{ MsgType: 'TIMTextElem' }],
      [{ MsgType: '', MsgContent: {} }],
      [{ MsgType: 'TIMTextElem', MsgContent: 'hi' }],
    ].flatMap((MsgBody) => messages({ MsgBody })),
    badRandom: [undefined, null, '1', -1, 1.5, 4_294_967_296].flatMap((MsgRandom) =>
      messages({ MsgRandom }),
    ),
    badTimestamp: [null, '1', -1, 1.5].map((MsgTimeStamp) => message(send, { MsgTimeStamp })),
    messageNoList: [undefined, null, 'hi', {}, 5].flatMap((MsgBody) => messages({ MsgBody })),
    noSuchReceiver: ['nobody', 'no user', ''].map((To_Account) => message(send, { To_Account })),
    pushTooSoon: 'elsewhere',
    nothingKept: [
      message(send, { MsgLifeTime: undefined }),
      ...[1, 604_800].flatMap((MsgLifeTime) => messages({ MsgLifeTime })),
    ],
    badSyncWish: [0, 3, '1', null].map((SyncOtherMachine) => message(send, { SyncOtherMachine })),
    badLifeTime: [null, '0', 0.5].flatMap((MsgLifeTime) => messages({ MsgLifeTime })),
    noConditions: [{}, { TagsAnd: ['a'] }, null].map((Condition) =>
      message(everybody, { Condition }),
    ),
    pushQuota: 'elsewhere',
    messageTooLong: messages({
      MsgBody: [{ MsgType: 'TIMTextElem', MsgContent: { Text: 'x'.repeat(12_300) } }],
    }),
    badBody: [
      [],
      null,
      7,
      { To_Account: [] },
      { To_Account: ['alice'], IsNeedDetail: 2 },
      { To_Account: ['alice'], IsNeedDetail: true },
      { To_Account: ['alice'], IsReturnInstid: '1' },
      { To_Account: ['alice'], IsReturnCustomStatus: null },
    ]
      .map((body): Change => ({ path: status, body: JSON.stringify(body) }))
      .concat(messages({ From_Account: 'no user' }), messages({ CloudCustomData: 5 })),
    badAccountList: [undefined, 'alice', 7, null, {}, ['alice', 7], [['alice']], [null]]
      .map((To_Account): Change => ({
        path: status,
        body: { To_Account },
      }))
      .concat(message(send, { To_Account: ['alice'] }), message(send, { To_Account: undefined })),
    tooManyAccounts: [{ path: status, body: { To_Account: names(501) } }],
    messageServiceFailed: 'elsewhere',
    ticketExpired: [
      query({ usersig: ticket(admin, { issuedAt: nowS() - 3600, expireS: 3599 }) }),
      query({ usersig: ticket(admin, { issuedAt: nowS() - 86_400 * 400, expireS: 1 }) }),
    ],
    ticketEmpty: [query({ usersig: undefined }), query({ usersig: '' })],
    ticketMalformed: [
      query({ usersig: 'x' }),
      query({ usersig: ticket(admin).slice(0, -9) }),
      query({ usersig: `${ticket(admin)}A` }),
      query({ usersig: deflateSync('0'.repeat(200_000)).toString('base64url') }),
    ],
    ticketFieldsInvalid: [
      query({ usersig: packed({}) }),
      query({ usersig: packed({ 'TLS.ver': '2.0', 'TLS.identifier': admin }) }),
    ],
    ticketForged: [
      query({ usersig: ticket(admin, { secret: 'canary-of-a-forger-0123456789' }) }),
      query({ usersig: ticket(admin, { secret: otherApp.secret }) }),
    ],
    ticketUserMismatch: [
      query({ usersig: ticket('alice') }),
      query({ identifier: 'alice', usersig: ticket(admin) }),
    ],
    ticketAppMismatch: [
      query({ usersig: ticket(admin, otherApp) }),
      query({ ...asOtherApp, identifier: otherAdmin, usersig: ticket(otherAdmin) }),
    ],
    appKeyNotFound: [
      query({ sdkappid: String(endedApp.sdkAppId), usersig: ticket(admin, endedApp) }),
    ],
    ticketInvalid: [query({ usersig: ticket(admin, { issuedAt: nowS() + 3600 }) })],
  };
}

describe.each(registries)('a refused REST call, with the registry %s', (registry) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startSite(registry);
    await callAsAdmin(deployment, deployment.a, importOne, { UserID: 'alice' });
    const identifier = otherAdmin;
    const usersig = deployment.ticket(identifier, otherApp);
    const query = queryOf(deployment, { sdkappid: String(otherApp.sdkAppId), identifier, usersig });
    await callRest(deployment.a, { path: importOne, query, body: { UserID: 'alice' } });
  });
  afterAll(() => deployment?.stop());

  const call = async (change: Change): Promise<number> => {
    const good = { path: status, query: queryOf(deployment), body: { To_Account: ['alice'] } };
    return (await callRest(deployment.a, { ...good, ...change })).ErrorCode;
  };

  it.each(Object.keys({ ...restCodes, ...pick(ticketCodes) }) as RefusalName[])(
    'has the code of %s',
    async (name) => {
      const changes = refusalsOf(deployment)[name];
      if (changes === 'elsewhere') return;
      for (const change of changes)
        expect(await call(change), JSON.stringify(change).slice(0, 200)).toBe(codeOf(name));
      expect(await call({})).toBe(0);
    },
  );

  it.each(commands)('$path serves nobody but an admin', async ({ path, request }) => {
    const bob = await deployment.member(deployment.a, 'bob');
    const bodies = [request.replaceAll('alice', 'bob'), {}, ''];
    const strangers: readonly [RefusalName, RestCall['query']][] = [
      ['appMissing', {}],
      ['badAccount', queryOf(deployment, { identifier: undefined })],
      ['ticketEmpty', queryOf(deployment, { usersig: undefined })],
      ['ticketMalformed', queryOf(deployment, { usersig: 'eJwDAAAAAAE_' })],
      ['notAdmin', queryOf(deployment, { identifier: 'bob', usersig: deployment.ticket('bob') })],
      ['ticketUserMismatch', queryOf(deployment, { usersig: deployment.ticket('bob') })],
      ['ticketAppMismatch', queryOf(deployment, { usersig: deployment.ticket(admin, otherApp) })],
      [
        'ticketForged',
        queryOf(deployment, { usersig: deployment.ticket(admin, { secret: 'canary-x' }) }),
      ],
      [
        'ticketExpired',
        queryOf(deployment, {
          usersig: deployment.ticket(admin, { issuedAt: nowS() - 60, expireS: 30 }),
        }),
      ],
    ];
    for (const [name, query] of strangers) {
      for (const body of bodies) {
        const answer = await callRest(deployment.a, { path, query, body });
        expect(answer.ErrorCode, name).toBe(codeOf(name));
        expect(Object.keys(answer)).toEqual(['ActionStatus', 'ErrorCode', 'ErrorInfo']);
      }
    }
    expect(bob.client.isOpen).toBe(true);
    expect((await bob.client.request({ name: 'logout' })).name).toBe('loggedOut');
  });

  it('says which part of the body is wrong', async () => {
    const query = queryOf(deployment);
    const body = { To_Account: ['alice', 'bob', 7] };
    const answer = await callRest(deployment.a, { path: status, query, body });
    expect(answer.ErrorInfo).toMatch(/^To_Account\.2: /);
  });

  it('of an app is no matter of another: each has its own admins', async () => {
    const { sdkAppId } = otherApp;
    for (const identifier of [otherAdmin, 'chief']) {
      const usersig = deployment.ticket(identifier, otherApp);
      const query = queryOf(deployment, { sdkappid: String(sdkAppId), identifier, usersig });
      expect(await call({ query })).toBe(0);
    }
    expect(app.sdkAppId).not.toBe(sdkAppId);
  });

  it('leaves no ticket, key or URL in the log', async () => {
    for (const node of [deployment.a, deployment.b]) {
      const body = { To_Account: ['alice'] };
      await callRest(node, { path: status, query: queryOf(deployment), body });
      const isLogged = (): Promise<boolean> =>
        Promise.resolve(node.log.some(({ msg }) => msg === 'REST call'));
      await until('the line of the call', isLogged);
      const text = `${node.stdout}${node.stderr}`;
      expect(text).not.toMatch(/usersig|canary|eJ[w-z][A-Za-z0-9*_-]{40}/i);
      expect(node.log.filter(({ level }) => level === 'error')).toEqual([]);
    }
  });
});

function pick(keys: readonly (typeof ticketCodes)[number][]): object {
  return Object.fromEntries(keys.map((name) => [name, true]));
}
