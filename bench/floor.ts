/**
 * The floor: a login server written by hand with nothing in it that is not needed to answer a good login. No
 * policy, no kicks, no expiry, no limits, no metrics, no defence against hostile bytes. What it does have is done as a competent
 * engineer would do it: uWebSockets.js with one property a socket, msgpackr, node:zlib and node:crypto, one script
 * a login through ioredis, all commands of one turn of the loop in one write.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseArgs } from 'node:util';
import { inflateSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { Packr } from 'msgpackr';
import { loadNative, type NativeSocket } from '../gateway/transport/uws/native.ts';

const loggedInType = 33;
const recordSlackS = 60;
const packr = new Packr({ useRecords: false });

const registerScript = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
redis.call('SADD', KEYS[2], ARGV[4])
return 1`;

const removeScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('SREM', KEYS[2], ARGV[3])
end
return 1`;

/** One socket and who is logged in on it. */
class FloorSession {
  socket: FloorSocket | undefined;
  member = '';
  instanceId = '';
  sessionId = '';
  ticketEndsAt = 0;
}

interface FloorSocket extends NativeSocket {
  readonly session: FloorSession;
}

/** Who is logged in where: in Redis, or nowhere when the gateway beside it uses its embedded registry. */
class FloorRegistry {
  readonly #redis: Redis | undefined;
  #registerSha = '';
  #removeSha = '';
  #corked: Redis['stream'] | undefined;

  constructor(url: string | undefined) {
    this.#redis = url === undefined ? undefined : new Redis(url);
  }

  async start(): Promise<void> {
    if (this.#redis === undefined) return;
    this.#registerSha = String(await this.#redis.script('LOAD', registerScript));
    this.#removeSha = String(await this.#redis.script('LOAD', removeScript));
  }

  async register(session: FloorSession): Promise<void> {
    const { member, instanceId, sessionId, ticketEndsAt } = session;
    await this.#run(this.#registerSha, [
      `floor:user:${member}`,
      'floor:node:1',
      instanceId,
      sessionId,
      String(ticketEndsAt + recordSlackS),
      member,
    ]);
  }

  async remove({ member, instanceId, sessionId }: FloorSession): Promise<void> {
    await this.#run(this.#removeSha, [
      `floor:user:${member}`,
      'floor:node:1',
      instanceId,
      sessionId,
      member,
    ]);
  }

  async #run(sha: string, words: readonly string[]): Promise<void> {
    const redis = this.#redis;
    if (redis === undefined) return;
    if (this.#corked === undefined) {
      this.#corked = redis.stream;
      this.#corked.cork();
      setImmediate(this.#uncork);
    }
    await redis.evalsha(sha, 2, ...words);
  }

  readonly #uncork = (): void => {
    this.#corked?.uncork();
    this.#corked = undefined;
  };
}

/** The end of a good ticket in Unix seconds; undefined for any other. */
function verifyTicket(userSig: string, sdkAppId: number, userId: string): number | undefined {
  const base64 = userSig.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '=');
  const ticket = JSON.parse(inflateSync(Buffer.from(base64, 'base64')).toString()) as Record<
    string,
    string | number
  >;
  const issuedAt = Number(ticket['TLS.time']);
  const expireS = Number(ticket['TLS.expire']);
  const text = `TLS.identifier:${ticket['TLS.identifier']}\nTLS.sdkappid:${ticket['TLS.sdkappid']}\nTLS.time:${issuedAt}\nTLS.expire:${expireS}\n`;
  const expected = createHmac('sha256', secret).update(text).digest();
  const given = Buffer.from(String(ticket['TLS.sig']), 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  if (ticket['TLS.sdkappid'] !== sdkAppId || ticket['TLS.identifier'] !== userId) return undefined;
  return Date.now() / 1000 <= issuedAt + expireS ? issuedAt + expireS : undefined;
}

async function login(session: FloorSession, bytes: Uint8Array): Promise<void> {
  const frame = packr.unpack(bytes) as readonly unknown[];
  const [type, seq, sdkAppId, userId, userSig, instanceId] = frame;
  if (type !== 1 || typeof seq !== 'number' || typeof sdkAppId !== 'number') return;
  if (typeof userId !== 'string' || typeof userSig !== 'string') return;
  if (typeof instanceId !== 'string') return;
  const ticketEndsAt = verifyTicket(userSig, sdkAppId, userId);
  if (ticketEndsAt === undefined) {
    session.socket?.end(4501, 'bad ticket');
    return;
  }
  session.member = `${sdkAppId}:${userId}`;
  session.instanceId = instanceId;
  session.sessionId = `floor-${(nextId++).toString(36)}`;
  session.ticketEndsAt = ticketEndsAt;
  sessions.set(session.sessionId, session);
  await registry.register(session);
  // Closed while the script ran: the removal was sent behind it.
  if (session.socket === undefined) return;
  const nowS = Math.floor(Date.now() / 1000);
  const ack = [loggedInType, seq, session.sessionId, nowS, ticketEndsAt, false];
  session.socket.send(packr.pack(ack), true);
}

function closed(session: FloorSession): void {
  session.socket = undefined;
  if (session.sessionId === '') return;
  sessions.delete(session.sessionId);
  void registry.remove(session);
}

const { values } = parseArgs({
  options: { secret: { type: 'string', default: '' }, redis: { type: 'string' } },
});
const { secret } = values;
const sessions = new Map<string, FloorSession>();
let nextId = 1;
const registry = new FloorRegistry(values.redis);
await registry.start();

const native = loadNative();
if (native.kind === 'unavailable') throw new Error(native.reason);
const uws = native.module;
uws
  .App({})
  .ws<FloorSocket>('/*', {
    compression: uws.DISABLED,
    maxPayloadLength: 4096,
    maxBackpressure: 65_536,
    closeOnBackpressureLimit: true,
    idleTimeout: 60,
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      const key = req.getHeader('sec-websocket-key');
      const protocol = req.getHeader('sec-websocket-protocol');
      res.upgrade({ session: new FloorSession() }, key, protocol, '', context);
    },
    open: (socket) => {
      socket.session.socket = socket;
    },
    message: (socket, message) => void login(socket.session, new Uint8Array(message)),
    close: (socket) => closed(socket.session),
  })
  .listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (listener) => {
    if (listener === false) throw new Error('the floor cannot listen');
    const url = `ws://127.0.0.1:${uws.us_socket_local_port(listener)}`;
    process.stderr.write(`${JSON.stringify({ msg: 'ready', url })}\n`);
  });
