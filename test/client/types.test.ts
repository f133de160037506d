import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** `same<A, B>()` compiles where the two types are one, to the last `readonly`. */
const helpers = `
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : ['these types differ'];
function same<A, B>(..._differ: Same<A, B>): void {}
`;

const events = `
import { createClient, GatehouseError } from 'gatehouse/client';
import type { ClientEvents, EventName, KickType, LoginStatus, LogoutReason, UserStatus } from 'gatehouse/client';
declare const client: ReturnType<typeof createClient>;
same<EventName, 'connecting' | 'connected' | 'disconnected' | 'kickedOffline' | 'userSigExpiring'
  | 'userSigExpired' | 'statusChanged' | 'messageReceived' | 'loginStatusChanged' | 'error'>();
same<KickType, 'multipleAccount' | 'multipleDevice' | 'REST' | 'banned'>();
same<LoginStatus, 'loggedIn' | 'loggingIn' | 'loggedOut'>();
same<LogoutReason, 'logout' | 'destroyed' | 'kicked' | 'replaced' | 'expired' | 'refused'>();
client.on('connecting', (event) => same<typeof event, { readonly attempt: number }>());
client.on('connected', ({ userID, sessionId, isReturn }) => {
  same<typeof userID, string>();
  same<typeof sessionId, string>();
  same<typeof isReturn, boolean>();
});
client.on('disconnected', ({ closeCode, retryInMs, error }) => {
  same<typeof closeCode, number>();
  same<typeof retryInMs, number | null>();
  same<typeof error, GatehouseError>();
});
client.on('kickedOffline', ({ type, byPlatform, byInstanceId, kickedAt, whileAway }) => {
  same<typeof type, KickType | 'unknown'>();
  same<typeof byPlatform | typeof byInstanceId, string>();
  same<typeof kickedAt, number>();
  same<typeof whileAway, boolean>();
});
client.on('userSigExpiring', ({ leftMs }) => same<typeof leftMs, number>());
client.on('userSigExpired', ({ graceMs }) => same<typeof graceMs, number>());
client.on('statusChanged', ({ statuses }) => {
  same<typeof statuses, readonly UserStatus[]>();
  same<UserStatus['state'], 'online' | 'pushOnline' | 'offline'>();
});
client.on('messageReceived', ({ userID, sender, topic, body, number, sentAtMs, toEverybody }) => {
  same<typeof userID | typeof sender | typeof topic | typeof body, string>();
  same<typeof number | typeof sentAtMs, number>();
  same<typeof toEverybody, boolean>();
});
client.on('loginStatusChanged', ({ status, reason, error }) => {
  same<typeof status, LoginStatus>();
  same<typeof reason, LogoutReason | undefined>();
  same<typeof error, GatehouseError | undefined>();
});
client.on('error', (error) => same<typeof error, GatehouseError>());
const off = client.on('error', () => undefined, { signal: AbortSignal.timeout(1) });
same<typeof off, () => void>();
const next = client.once('connected', { signal: AbortSignal.timeout(1) });
same<typeof next, Promise<ClientEvents['connected']>>();
// @ts-expect-error no such event
client.on('kicked', () => undefined);
// @ts-expect-error no such field
client.on('connected', ({ user }) => user);
// @ts-expect-error events are not the listener's to change
client.on('connected', (event) => (event.userID = 'eve'));
`;

const errors = `
import { GatehouseError, type Retry } from 'gatehouse/client';
declare const error: GatehouseError;
same<Retry, 'never' | 'later' | 'newTicket'>();
same<GatehouseError['code'] | GatehouseError['retryAfterMs'], number>();
same<GatehouseError['retry'], Retry>();
same<GatehouseError['retryable'], boolean>();
same<GatehouseError['name'] | GatehouseError['message'] | GatehouseError['docs'], string>();
const plain: Error = error;
// @ts-expect-error a code is not the application's to change
error.code = 1;
console.log(plain);
`;

const calls = `
import { createClient, MemoryStore } from 'gatehouse/client';
import type { ClientOptions, GetTicket, LoginResult, Platform, QueryResult, Store, TicketRequest, Timing, WatchResult } from 'gatehouse/client';
same<Platform, 'web' | 'android' | 'ios' | 'ipad' | 'windows' | 'mac' | 'linux'>();
same<TicketRequest['reason'], 'login' | 'expiring' | 'expired'>();
same<ReturnType<GetTicket>, Promise<string | null>>();
same<Timing[keyof Timing], number>();
const store: Store = new MemoryStore();
const url = 'wss://chat.example';
const getTicket: GetTicket = async ({ userID, reason, signal }) => (signal.aborted ? null : userID + reason);
const options: ClientOptions = { url, sdkAppId: 1, platform: 'ipad', instanceId: 'i', store, timing: { pingAfterMs: 1 } };
const client = createClient(options);
const login = client.login({ userID: 'alice', getTicket });
same<typeof login, Promise<LoginResult>>();
const results = [client.logout(), client.renew('sig'), client.setStatus('tea'), client.unwatch()];
same<typeof results, Promise<void>[]>();
const watch = client.watch(['bob'], { sdkAppId: 2 });
same<typeof watch, Promise<WatchResult>>();
const query = client.query(['bob'], { withInstances: true });
same<typeof query, Promise<QueryResult>>();
client.getConversationList({ userID: 'alice', limit: 5 }).then(([first]) => first?.conversationId.length);
client.clearCache('everybody');
// @ts-expect-error where is the gateway
createClient({ sdkAppId: 1 });
// @ts-expect-error not a platform
createClient({ url, sdkAppId: 1, platform: 'amiga' });
// @ts-expect-error no such option
createClient({ url, sdkAppId: 1, ticket: 'x' });
// @ts-expect-error times are numbers
createClient({ url, sdkAppId: 1, timing: { pingAfterMs: '1 s' } });
// @ts-expect-error who
client.login({ userSig: 'sig' });
// @ts-expect-error a ticket is text
client.login({ userID: 'alice', userSig: 1 });
// @ts-expect-error getTicket gives a promise of a ticket
client.login({ userID: 'alice', getTicket: () => 5 });
// @ts-expect-error users are named in an array
client.watch('bob');
`;

const page = `
import { createClient } from 'gatehouse/client';
import { IndexedDbStore } from 'gatehouse/client/store-indexeddb';
createClient({ url: 'wss://chat.example', sdkAppId: 1, WebSocket, store: new IndexedDbStore({ indexedDB }) });
`;

const program = `
import { createClient } from 'gatehouse/client';
import { WebSocket } from 'ws';
createClient({ url: 'wss://chat.example', sdkAppId: 1, WebSocket });
`;

describe('the types of the client', () => {
  /** Inside the package, so that it finds itself by name as a dependent would. */
  let folder: string;
  beforeEach(() => {
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache', 'types-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What the compiler has against these programs, by name. */
  async function complaints(place: object, programs: Record<string, string>): Promise<string> {
    const settings = {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        ...place,
      },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, `${name}.ts`), text);
    }
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiled = run(process.execPath, [tsc, '-p', folder, '--pretty', 'false']);
    const { stdout } = await compiled.catch((error: { stdout: string }) => error);
    return stdout;
  }
  const browser = { lib: ['es2023', 'dom'], types: [] };
  const exact = (text: string): string => text + helpers;

  it('need neither Node nor this project on a page, and say of everything what it is', async () => {
    const programs = { events: exact(events), errors: exact(errors), calls: exact(calls), page };
    expect(await complaints(browser, programs)).toBe('');
  });

  it('need no page in Node, and take the WebSocket of the package ws', async () => {
    const node = { lib: ['es2023'], types: ['node'], skipLibCheck: true };
    expect(await complaints(node, { program })).toBe('');
  });

  it('are compared by a compiler that would find a difference', async () => {
    const wrong = `
      import type { ClientEvents, Retry } from 'gatehouse/client';
      same<ClientEvents['connecting'], { attempt: number }>();
      same<Retry, string>();
      // @ts-expect-error nothing is wrong here
      same<Retry, Retry>();`;
    const text = await complaints(browser, { wrong: exact(wrong) });
    expect(text.match(/wrong\.ts\(\d+/g)).toEqual(['wrong.ts(3', 'wrong.ts(4', 'wrong.ts(5']);
  });
});
