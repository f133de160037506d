import { z } from 'zod';
import { limits as protocolLimits } from '../../protocol/limits.ts';
import { admin } from './admin-schema.ts';
import {
  admins,
  adminsShape,
  app,
  evictions,
  kickedReturn,
  limits,
  policy,
  policyShape,
  userMessages,
} from './app-schema.ts';
import { filePath, integer, keyDocs, type KeyDoc } from './key-doc.ts';
import { isOrigin } from './origin.ts';
import { presence } from './presence-schema.ts';
import { pushes } from './push-schema.ts';
import { joinRedisUrl, parseRedisUrl, redisUrlShape } from './redis-url.ts';
import { webhooks } from './webhook-schema.ts';

const dayS = 86_400;
/** Well below the hour for which the registry keeps a record beyond its ticket: it must not forget a live session. */
const longestGraceS = 1800;

const port = (fallback: number, meaning: string) =>
  z.int().min(0).max(65_535).default(fallback).register(keyDocs, { meaning });

const host = (fallback: string, doc: KeyDoc) =>
  z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/)
    .default(fallback)
    .register(keyDocs, { shape: 'address or host name', ...doc });

/** Every key of the configuration with its bounds, default and meaning; the shape of the JSON file. */
export const configSchema = z.strictObject({
  nodeName: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .register(keyDocs, {
      meaning: 'Name of this node in logs and in the registry.',
      shape: '1 to 32 letters, digits, _ and -',
      defaultText: 'the host name',
    }),
  dev: z.boolean().default(false).register(keyDocs, {
    meaning:
      'Development mode: loopback only, every browser origin, a sample app with a key made at each start.',
  }),
  host: host('0.0.0.0', {
    meaning: 'Address the WebSocket port listens on.',
    defaultText: '0.0.0.0 (in development mode 127.0.0.1)',
  }),
  port: port(7600, 'WebSocket port; 0 takes any free one.'),
  adminHost: host('127.0.0.1', {
    meaning:
      'Address of the admin port. Keep it private: one that is not loopback needs a key for /v1.',
  }),
  adminPort: port(7601, 'Port of REST, /v1, /metrics, /livez and /readyz; 0 takes any free one.'),
  transport: z.enum(['auto', 'uws', 'ws']).default('auto').register(keyDocs, {
    meaning: 'Socket back end: uWebSockets.js, ws, or the first where it loads, else the second.',
  }),
  tls: z
    .strictObject({
      certFile: filePath('Certificate chain (PEM) for wss. Needs tls.keyFile.'),
      keyFile: filePath('Private key (PEM) for wss. Needs tls.certFile.'),
    })
    .prefault({}),
  origins: z.array(z.string().refine(isOrigin)).default([]).register(keyDocs, {
    meaning:
      'Browser origins that may connect. None: every browser is refused, other clients connect.',
    shape: 'list of * or scheme://host[:port], in lower case, without a path',
    defaultText: 'none (in development mode *)',
    name: 'origin',
  }),
  apps: z.array(app).min(1).register(keyDocs, {
    meaning:
      'The apps this deployment serves, with their keys. The same ID twice: two keys of one app.',
    shape: 'list of ID:SECRET; in the file a list of objects',
    defaultText: 'none (in development mode a sample app)',
    name: 'app',
    secret: true,
  }),
  policy: policy.default('triple').register(keyDocs, {
    meaning: 'Which platforms of one user may be online together.',
    shape: policyShape,
  }),
  limits: limits.prefault({}),
  evictions: evictions.prefault({}),
  kickedReturn: kickedReturn.default('refuse').register(keyDocs, {
    meaning:
      'What an automatic login of an instance kicked while away gets: refuse tells it (6208), allow lets it in.',
  }),
  userMessages: userMessages.default('off').register(keyDocs, {
    meaning:
      'Whether users may send one another messages while they are online: off, allow, or what the back end says of each (callback).',
  }),
  admins: admins.default(['administrator']).register(keyDocs, {
    meaning:
      'Users of each app whose tickets may call REST. Let nobody sign up under such a name. None: no REST.',
    shape: adminsShape,
    name: 'admin',
  }),
  admin: admin.prefault({}),
  rest: z
    .strictObject({
      callsPerS: integer(
        1,
        1_000_000,
        1000,
        'Most REST calls of one app, or /v1 calls of one key, on one node in a second.',
      ),
    })
    .prefault({}),
  redis: z
    .strictObject({
      url: z
        .preprocess(
          joinRedisUrl,
          z.string().refine((text) => parseRedisUrl(text) !== undefined),
        )
        .optional()
        .register(keyDocs, {
          meaning:
            'The Redis all nodes share. Left out: an embedded registry for this one process.',
          shape: redisUrlShape,
          defaultText: 'none',
          alias: 'redis',
          secret: true,
        }),
      sentinelUsername: z.string().min(1).optional().register(keyDocs, {
        meaning: 'User of the Sentinels themselves, where they have one.',
      }),
      sentinelPassword: z.string().min(1).optional().register(keyDocs, {
        meaning: 'Password of the Sentinels themselves; redis.url has that of Redis.',
        secret: true,
      }),
      tls: z
        .strictObject({
          caFile: filePath(
            "Certificates (PEM) that sign those of Redis, instead of Node's own list.",
          ),
          certFile: filePath('Client certificate (PEM) for Redis. Needs redis.tls.keyFile.'),
          keyFile: filePath('Private key (PEM) of it. Needs redis.tls.certFile.'),
          serverName: z.string().min(1).optional().register(keyDocs, {
            meaning:
              'Name in the certificates of Redis, where it is not the host of each address, such as behind Sentinels that tell IP addresses.',
          }),
        })
        .prefault({}),
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_.:-]{1,32}$/)
        .default('gatehouse')
        .register(keyDocs, {
          meaning: 'First part of every key and channel in Redis.',
          shape: '1 to 32 letters, digits and _ . : -',
        }),
      partitions: integer(
        1,
        16_384,
        256,
        'Partitions of the registry. Fixed when a deployment is created.',
      ),
      commandTimeoutMs: integer(
        50,
        60_000,
        700,
        'How long a call to Redis may take; at most a quarter of redis.leaseS.',
      ),
      leaseS: integer(
        2,
        60,
        6,
        'After how long without a sign the other nodes take a node for dead and end its sessions.',
      ),
      auditS: integer(
        5,
        3600,
        60,
        'In how long each session is compared with its record in Redis once.',
      ),
    })
    .prefault({}),
  ticket: z
    .strictObject({
      warnS: integer(0, dayS, 300, 'How long before a ticket ends its client is warned; 0: never.'),
      graceS: integer(
        0,
        longestGraceS,
        60,
        'How long a connection stays after its ticket ended, to renew it.',
      ),
      clockToleranceS: integer(
        0,
        600,
        30,
        'How far the clock of the server that makes tickets may be ahead.',
      ),
    })
    .prefault({}),
  revocation: z
    .strictObject({
      keepDays: integer(
        1,
        18_250,
        180,
        'How long a revocation of tickets is known at least; revoked tickets that live longer may work again after it.',
      ),
    })
    .prefault({}),
  sockets: z
    .strictObject({
      loginDeadlineS: integer(1, 300, 5, 'How long a connection may stay without a login.'),
      handshakeLogin: z.enum(['allow', 'off']).default('allow').register(keyDocs, {
        meaning:
          'Whether clients may log in within the handshake, in Sec-WebSocket-Protocol. Let no proxy log that header; off: they send a frame.',
      }),
      maxPending: integer(1, 1_000_000, 10_000, 'Most connections that have not logged in yet.'),
      maxPendingPerAddress: integer(
        1,
        1_000_000,
        1000,
        'Most such connections from one client address.',
      ),
      maxFrameBytes: integer(
        1024,
        65_536,
        protocolLimits.longFrameBytes,
        `Largest frame a client may send; before its first login no more than ${protocolLimits.frameBytes}.`,
      ),
      frameBurst: integer(
        10,
        1_000_000,
        200,
        'Frames a client may send at a stretch; one more closes its connection.',
      ),
      framesPerS: integer(1, 1_000_000, 50, 'How many more in each second after that.'),
      idleTimeoutS: integer(
        8,
        960,
        60,
        'Silence after which a connection is closed; pings keep it.',
      ),
      maxBufferedBytes: integer(
        16_384,
        16_777_216,
        65_536,
        'Most bytes kept for a client that reads slowly; beyond, its connection ends.',
      ),
      maxFailedLogins: integer(1, 100, 5, 'Refused logins after which a connection is closed.'),
    })
    .prefault({}),
  presence: presence.prefault({}),
  pushes: pushes.prefault({}),
  webhooks: webhooks.prefault({}),
  drain: z
    .strictObject({
      windowS: integer(0, 600, 10, 'Over how long the clients are sent away at a stop.'),
      reconnectSpreadS: integer(0, 600, 10, 'Over how long they are told to come back.'),
      readinessDelayS: integer(
        0,
        600,
        0,
        'How long /readyz fails before the first client is sent away, for load balancers.',
      ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info')
        .register(keyDocs, {
          meaning: 'Least level that is written; debug has a line for each login.',
        }),
      format: z.enum(['auto', 'json', 'pretty']).default('auto').register(keyDocs, {
        meaning: 'auto: pretty on a terminal, else one JSON object a line.',
      }),
    })
    .prefault({}),
});

/** The configuration as parsed, before key files are read and the defaults of apps are filled in. */
export type Settings = z.output<typeof configSchema>;
