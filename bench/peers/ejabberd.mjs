/**
 * ejabberd, as Debian packages it, for the job of Gatehouse's login: XMPP over WebSocket, the ticket is a JWT, records of sessions are in
 * Redis, and a login ends the older session of the same device class (resource). One node without distribution, so it needs no epmd and
 * is no cluster; nothing else is loaded, and idle schedulers sleep instead of spinning.
 * `--libs <FOLDER> --folder <FOLDER> --app <SDKAppID>:<SECRET> --redis <URL>`; says `ready` with its address on standard error. Asked for it by its
 * parent, it collects the garbage of every Erlang process and tells what memory is left.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const startupLimitMs = 60_000;
const lookMs = 50;
const text = { type: 'string' };
const { values } = parseArgs({ options: { libs: text, folder: text, app: text, redis: text } });
const [, secret = ''] = (values.app ?? '').split(':');
const redis = new URL(values.redis ?? '');
const folder = values.folder ?? '';
const inFolder = (name) => path.join(folder, name);

/** Answers each line of its input, once its processes have collected their garbage, with the bytes that are left. */
const collector =
  'spawn(fun() -> Loop = fun(Again) -> case io:get_line("") of eof -> halt(); _ -> ' +
  '[erlang:garbage_collect(P) || P <- erlang:processes()], ' +
  'io:format("bytes ~b~n", [erlang:memory(total)]), Again(Again) end end, Loop(Loop) end).';

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function writeConfig(port) {
  const k = Buffer.from(secret).toString('base64url');
  writeFileSync(inFolder('jwt.jwk'), JSON.stringify({ kty: 'oct', k, use: 'sig', alg: 'HS256' }));
  const config = {
    loglevel: 'warning',
    hosts: ['bench'],
    listen: [
      {
        port,
        ip: '127.0.0.1',
        backlog: 4096,
        module: 'ejabberd_http',
        request_handlers: { '/ws': 'ejabberd_http_ws' },
      },
    ],
    auth_method: ['jwt'],
    jwt_key: inFolder('jwt.jwk'),
    default_ram_db: 'redis',
    redis_server: redis.hostname,
    redis_port: Number(redis.port),
    resource_conflict: 'closeold',
    acme: { auto: false },
    modules: {},
  };
  // JSON is YAML.
  writeFileSync(inFolder('ejabberd.yml'), JSON.stringify(config));
}

function startErlang() {
  const sleepy = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'];
  const spool = ['-mnesia', 'dir', `"${inFolder('spool')}"`];
  const words = ['-noshell', ...sleepy, ...spool, '-s', 'ejabberd', '-eval', collector];
  // It must not outlive this process, whatever happens to that.
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'erl', ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      ERL_LIBS: values.libs,
      ERL_CRASH_DUMP_SECONDS: '0',
      EJABBERD_CONFIG_PATH: inFolder('ejabberd.yml'),
      EJABBERD_LOG_PATH: inFolder('ejabberd.log'),
    },
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (isThere) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });
}

async function waitUntilReady(port) {
  for (const limit = performance.now() + startupLimitMs; ; await delay(lookMs)) {
    if (await answers(port)) return;
    if (performance.now() > limit) throw new Error('ejabberd does not listen');
  }
}

const port = await freePort();
writeConfig(port);
const erlang = startErlang();
erlang.once('exit', (code) => {
  process.stderr.write(`ejabberd ended with ${code}\n`);
  process.exit(1);
});
process.on('disconnect', () => process.exit());
createInterface({ input: erlang.stdout }).on('line', (line) => {
  const bytes = /^bytes (\d+)$/.exec(line)?.[1];
  if (bytes !== undefined) process.send?.({ heapUsedBytes: Number(bytes), externalBytes: 0 });
});
process.on('message', ({ ask }) => {
  if (ask === 'collect') erlang.stdin.write('collect\n');
});
await waitUntilReady(port);
process.stderr.write(`${JSON.stringify({ msg: 'ready', url: `ws://127.0.0.1:${port}/ws` })}\n`);
