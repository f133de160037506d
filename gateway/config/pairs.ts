import type { Given } from './layers.ts';
import type { ConfigProblem } from './problem.ts';
import { isLoopback } from './loopback.ts';
import { configSchema } from './schema.ts';

type Values = ReadonlyMap<string, Given>;

/** What is right by itself but not together. `nodeEnv` is NODE_ENV. */
export function pairProblems(given: Values, nodeEnv: string | undefined): readonly ConfigProblem[] {
  const found = [
    tlsProblem(given),
    portProblem(given),
    adminHostProblem(given),
    callbackProblem(given, 'presence', given.get('presence.visibility')),
    callbackProblem(given, 'pushes', messageWish(given)),
    developmentProblem(given, nodeEnv),
    leaseProblem(given),
  ];
  return found.filter((problem) => problem !== undefined);
}

function tlsProblem(given: Values): ConfigProblem | undefined {
  const cert = given.get('tls.certFile');
  const key = given.get('tls.keyFile');
  const only = cert ?? key;
  if (only === undefined || (cert !== undefined && key !== undefined)) return undefined;
  return {
    source: only.source,
    problem: `tls.${cert === undefined ? 'certFile' : 'keyFile'} is missing`,
    remedy: 'Give both files, or none for plain ws',
  };
}

function portProblem(given: Values): ConfigProblem | undefined {
  const { port, adminPort } = configSchema.shape;
  const publicPort = given.get('port')?.value ?? port.def.defaultValue;
  const privatePort = given.get('adminPort')?.value ?? adminPort.def.defaultValue;
  if (publicPort !== privatePort || publicPort === 0) return undefined;
  return {
    source: (given.get('adminPort') ?? given.get('port'))?.source ?? 'default',
    problem: 'port and adminPort are the same',
    remedy: 'Give two different ports',
  };
}

/** What can be reached from outside must have keys, so that nobody relies on the network alone. */
function adminHostProblem(given: Values): ConfigProblem | undefined {
  const host = given.get('adminHost');
  if (host === undefined || typeof host.value !== 'string' || isLoopback(host.value))
    return undefined;
  const keys = given.get('admin.keys')?.value;
  const hasKeys = !Array.isArray(keys) || keys.length > 0;
  if (given.has('admin.key') || (keys !== undefined && hasKeys)) return undefined;
  return {
    source: host.source,
    problem: `the admin port is to listen on ${host.value}, and there is no key for /v1`,
    remedy:
      'Make one with `gatehouse key new` and give its hash as admin.key (GATEHOUSE_ADMIN_KEY), or listen on 127.0.0.1',
  };
}

/** A back end is to be asked: `wish` says so, and the section says where. */
function callbackProblem(
  given: Values,
  section: 'presence' | 'pushes',
  wish: Given | undefined,
): ConfigProblem | undefined {
  const keys = [`${section}.callbackUrl`, `${section}.callbackSecret`];
  const missing = keys.find((key) => !given.has(key));
  if (wish?.value !== 'callback' || missing === undefined) return undefined;
  return {
    source: wish.source,
    problem: `${missing} is missing`,
    remedy: 'Give the address of the back end and the secret it knows this gateway by',
  };
}

/** What is said of messages between users: by the top level, or by the first app that has the back end asked. */
function messageWish(given: Values): Given | undefined {
  const apps = given.get('apps');
  const list: readonly unknown[] = Array.isArray(apps?.value) ? apps.value : [];
  const asks = (app: unknown): boolean =>
    typeof app === 'object' &&
    app !== null &&
    'userMessages' in app &&
    app.userMessages === 'callback';
  const at = list.findIndex(asks);
  if (apps === undefined || at < 0) return given.get('userMessages');
  return { value: 'callback', source: `${apps.source}[${at}].userMessages` };
}

function developmentProblem(given: Values, nodeEnv: string | undefined): ConfigProblem | undefined {
  const dev = given.get('dev');
  if (dev?.value !== true || nodeEnv !== 'production') return undefined;
  return {
    source: dev.source,
    problem: 'development mode is refused while NODE_ENV is production',
    remedy: 'Leave one of the two out',
  };
}

/** A node beats four times a lease: a beat that waits longer for its answer would keep back the next one. */
function leaseProblem(given: Values): ConfigProblem | undefined {
  const { commandTimeoutMs, leaseS } = configSchema.shape.redis.unwrap().shape;
  const timeout = given.get('redis.commandTimeoutMs');
  const lease = given.get('redis.leaseS');
  const timeoutMs = timeout?.value ?? commandTimeoutMs.def.defaultValue;
  const leaseLengthS = lease?.value ?? leaseS.def.defaultValue;
  // What is no number the schema refuses.
  if (typeof timeoutMs !== 'number' || typeof leaseLengthS !== 'number') return undefined;
  if (timeoutMs <= (leaseLengthS * 1000) / 4) return undefined;
  return {
    source: (timeout ?? lease)?.source ?? 'default',
    problem:
      timeout === undefined
        ? `redis.commandTimeoutMs (${timeoutMs} ms) is more than a quarter of ${leaseLengthS} s`
        : `${timeoutMs} ms is more than a quarter of redis.leaseS (${leaseLengthS} s)`,
    remedy:
      'Give a shorter redis.commandTimeoutMs or a longer redis.leaseS, so that one lost call does not cost the lease',
  };
}
