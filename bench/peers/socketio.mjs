/**
 * A login server on socket.io 4 with its Redis adapter, as its documentation advises, for the job of Gatehouse's login: check the
 * ticket (UserSig), keep a record of the session in Redis, and end an older session of the same device class on whatever node it is.
 * WebSocket only, nothing served besides, the handshake request let go (the advice for memory).
 * `--app <SDKAppID>:<SECRET> --redis <URL>`; says `ready` with its address on standard error.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { inflateSync } from 'node:zlib';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

const recordSlackS = 60;
const { values } = parseArgs({ options: { app: { type: 'string' }, redis: { type: 'string' } } });
const [appText = '', secret = ''] = (values.app ?? '').split(':');
const sdkAppId = Number(appText);

const redis = new Redis(values.redis ?? '');
const subscriber = redis.duplicate();
redis.defineCommand('forget', {
  numberOfKeys: 1,
  lua: "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0",
});

const server = createServer();
const io = new Server(server, {
  adapter: createAdapter(redis, subscriber),
  transports: ['websocket'],
  serveClient: false,
});
io.engine.on('connection', (connection) => {
  connection.request = null;
});

/** The end of a good ticket in Unix seconds; undefined for any other. */
function verifyTicket(userSig, userId) {
  const base64 = userSig.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '=');
  const ticket = JSON.parse(inflateSync(Buffer.from(base64, 'base64')).toString());
  const issuedAt = Number(ticket['TLS.time']);
  const expireS = Number(ticket['TLS.expire']);
  const text = `TLS.identifier:${ticket['TLS.identifier']}\nTLS.sdkappid:${ticket['TLS.sdkappid']}\nTLS.time:${issuedAt}\nTLS.expire:${expireS}\n`;
  const expected = createHmac('sha256', secret).update(text).digest();
  const given = Buffer.from(String(ticket['TLS.sig']), 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  if (ticket['TLS.sdkappid'] !== sdkAppId || ticket['TLS.identifier'] !== userId) return undefined;
  return Date.now() / 1000 <= issuedAt + expireS ? issuedAt + expireS : undefined;
}

io.use((socket, next) => {
  const { userId, userSig, platform } = socket.handshake.auth;
  let ticketEndsAt;
  try {
    ticketEndsAt = verifyTicket(userSig, userId);
  } catch {
    ticketEndsAt = undefined;
  }
  if (ticketEndsAt === undefined) return next(new Error('bad ticket'));
  socket.data.key = `session:${sdkAppId}:${userId}:${platform}`;
  socket.data.ticketEndsAt = ticketEndsAt;
  next();
});

io.on('connection', async (socket) => {
  const { key, ticketEndsAt } = socket.data;
  socket.on('disconnect', () => void redis.forget(key, socket.id));
  const older = await redis.set(key, socket.id, 'EXAT', ticketEndsAt + recordSlackS, 'GET');
  if (older !== null && older !== socket.id) {
    io.to(older).emit('kicked', { code: 6208 });
    io.in(older).disconnectSockets(true);
  }
  socket.emit('loggedIn', { sessionId: socket.id, ticketEndsAt });
});

await Promise.all([redis.ping(), subscriber.ping()]);
server.listen(0, '127.0.0.1', () => {
  const url = `ws://127.0.0.1:${server.address().port}`;
  process.stderr.write(`${JSON.stringify({ msg: 'ready', url })}\n`);
});
