/** How a number is called and written. */
export interface Measure {
  readonly label: string;
  readonly digits: number;
}

/** Every number that some bench measures, by its name in the JSON, in the order of the tables. Units stand in the names. */
export const measures = {
  cpuUsPerLogin: { label: 'CPU of the server, us a login', digits: 1 },
  redisCpuUsPerLogin: { label: 'CPU of Redis, us a login', digits: 1 },
  cpuUsPerDelivery: { label: 'CPU of the gateway, us a delivery', digits: 2 },
  cpuUsPerDeliveryFullSpeed: { label: '  the same at full speed', digits: 2 },
  deliveriesPerSecond: { label: 'deliveries a second', digits: 0 },
  cpuUsPerOperation: { label: 'CPU of the gateways, us an operation', digits: 1 },
  redisCpuUsPerOperation: { label: 'CPU of Redis, us an operation', digits: 1 },
  redisCommandsPerOperation: { label: 'Redis commands an operation', digits: 2 },
  loginsPerSecond: { label: 'logins a second', digits: 0 },
  operationsPerSecond: { label: 'operations a second', digits: 1 },
  frameBytes: { label: 'bytes of a frame', digits: 0 },
  senderCpuUsPerChange: { label: 'CPU of the sender’s node, us a change', digits: 1 },
  redisCpuUsPerChange: { label: 'CPU of Redis, us a change', digits: 1 },
  redisCommandsPerChange: { label: 'Redis commands a change', digits: 2 },
  rssBytesPerWatch: { label: 'memory, bytes a watch', digits: 1 },
  heapBytesPerWatch: { label: '  of it V8 heap', digits: 1 },
  watchersNodeIdleCores: { label: 'CPU of the watchers’ node while idle, cores', digits: 4 },
  redisBytesPerUser: { label: 'memory of Redis, bytes a user', digits: 0 },
  redisBytesPerSession: { label: 'memory of Redis, bytes a session', digits: 0 },
  registryCpuUsPerLogin: { label: 'CPU of the registry alone, us a login', digits: 1 },
  registryCpuUsPerPush: { label: 'CPU of two registries, us a push', digits: 1 },
  redisCpuUsPerPush: { label: 'CPU of Redis, us a push', digits: 1 },
  redisCommandsPerPush: { label: 'Redis commands a push', digits: 2 },
  refused: { label: 'logins refused meanwhile', digits: 0 },
  staleWrites: { label: 'writes that the old primary took', digits: 0 },
  staleTries: { label: '  of so many that were tried', digits: 0 },
  rssBytesPerConnection: { label: 'memory, bytes a connection', digits: 0 },
  heapBytesPerConnection: { label: '  of it V8 heap', digits: 0 },
  rssBytes: { label: 'memory of the gateways at the end, bytes', digits: 0 },
  idleCores: { label: 'CPU of the gateways while idle, cores', digits: 4 },
  redisIdleCores: { label: 'CPU of Redis while idle, cores', digits: 4 },
  redisCommandsPerSecond: { label: 'Redis commands a second while idle', digits: 1 },
  rssGrowthBytesPerMinute: { label: 'growth of memory, bytes a minute', digits: 0 },
  loopDelayP99Ms: { label: 'delay of the gateways’ event loop p99, ms', digits: 1 },
  loopDelayMaxMs: { label: 'delay of the gateways’ event loop max, ms', digits: 1 },
  connections: { label: 'connections at the end', digits: 0 },
  kicks: { label: 'kicks told', digits: 0 },
  kicksLost: { label: 'kicks lost', digits: 0 },
  pushes: { label: 'pushes taken', digits: 0 },
  deliveries: { label: 'pushes at sockets', digits: 0 },
  pushesLost: { label: 'pushes lost', digits: 0 },
  pushesDoubled: { label: 'pushes that came twice', digits: 0 },
  expired: { label: 'expiries told', digits: 0 },
  expiryMissing: { label: 'expiries not told', digits: 0 },
  affected: { label: 'clients of the node', digits: 0 },
  back: { label: 'clients that came back', digits: 0 },
  back99Ms: { label: 'until 99 % were back, ms', digits: 0 },
  untold: { label: 'clients cut without a word', digits: 0 },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

/** How long each thing took that some bench times, by its name in the JSON. */
export const timings = {
  login: 'login, from when it was due or began',
  answer: 'answer, from the login frame',
  delivery: 'change to frame, paced',
  deliveryFullSpeed: 'change to frame, full speed',
  push: 'push, from when it was due to the frame',
  accepted: 'push, from when it was due to the answer of the call',
  kick: 'kick, from the newer login to the frame',
  firstLogin: 'first login, from the fault on',
  writable: 'new primary takes writes, from the fault on',
  expiry: 'expiry frame, from the end of the ticket',
  logout: 'logout, from its frame',
  back: 'back again, from the fault on',
  told: 'told of the end, from the signal on',
} as const satisfies Record<string, string>;

export type TimingName = keyof typeof timings;
