import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAdminKey } from '../../gateway/access/admin-key.ts';
import { dialogues } from '../../bench/generator/dialogue.ts';
import { loginMessage } from '../../bench/generator/frames.ts';
import { handshakeTo } from '../../bench/generator/link.ts';
import { LoginSocket } from '../../bench/generator/login-socket.ts';
import type { Target } from '../../bench/generator/target.ts';
import { SiteError, urlSite } from '../../bench/site/url-site.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { makeCertificates, type Certificates } from '../support/redis-certificates.ts';
import { until } from '../support/until.ts';
import { expectPublished } from './published-schema.ts';
import { patienceMs, startBenchIn } from './run-bench.ts';

const app = { sdkAppId: 1_400_000_001, secret: randomBytes(32).toString('hex') };
const appWords = `${app.sdkAppId}:${app.secret}`;

describe('targets that run already', () => {
  const targets = (...url: string[]): readonly Target[] =>
    urlSite({ url, app: appWords }, undefined).targets;

  it('have a path, a name and a port, which is the usual one where none is given', () => {
    expect(targets('ws://127.0.0.1:8080', 'wss://example.com/gate?a=b')).toEqual([
      { host: '127.0.0.1', port: 8080, name: '127.0.0.1:8080', path: '/' },
      {
        host: 'example.com',
        port: 443,
        name: 'example.com',
        path: '/gate?a=b',
        tls: { serverName: 'example.com', ca: undefined, isChecked: true },
      },
    ]);
    expect(targets('wss://localhost:1')).toMatchObject([
      { host: '127.0.0.1', name: 'localhost:1', tls: { serverName: 'localhost' } },
    ]);
    expect(targets('ws://[::1]/')).toMatchObject([{ host: '::1', port: 80, name: '[::1]' }]);
  });

  it('are asked for by path and name', () => {
    const [target] = targets('wss://example.com:8443/gate');
    const lines = handshakeTo(target as Target, dialogues.gatehouse)
      .toString()
      .split('\r\n');
    expect(lines).toContain('GET /gate HTTP/1.1');
    expect(lines).toContain('Host: example.com:8443');
    expect(lines).toContain('Sec-WebSocket-Protocol: gatehouse.v1.msgpack');
  });

  it.each([
    [{ url: ['https://h/'] }, 'wss://example.com/gate'],
    [{ url: ['wss://h/'], ca: '/nowhere/ca.pem' }, '--ca: /nowhere/ca.pem is no file'],
    [{ url: ['wss://h/'], adminUrl: ['h:1'] }, '--admin-url h:1: give it like'],
    [{ url: ['wss://h/'], adminUrl: ['http://h'] }, 'GATEHOUSE_ADMIN_KEY'],
  ])('are refused with a word of advice: %j', (order, said) => {
    const make = (): unknown => urlSite({ ...order, app: appWords }, undefined);
    expect(make).toThrow(SiteError);
    expect(make).toThrow(said);
  });
});

describe('a gateway behind TLS that runs already', { timeout: patienceMs }, () => {
  const key = newAdminKey();
  let files: Certificates;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    files = makeCertificates();
    const tls = ['--tls-cert-file', files.certFile, '--tls-key-file', files.keyFile];
    gateway = await GatewayProcess.start({
      flags: ['--app', appWords, ...tls],
      env: { GATEHOUSE_ADMIN_KEY: key },
    });
  });
  afterAll(() => gateway.kill());

  /** What becomes of one login at the gateway, by these words of the command line. */
  async function outcome(
    order: { readonly ca?: string; readonly insecure?: boolean },
    path = '/',
  ): Promise<string[]> {
    const said: string[] = [];
    const socket = new LoginSocket(loginMessage(app, 'alice'), {
      loggedIn: () => void said.push('in'),
      failed: (_, why) => void said.push(why),
      lost: (_, why) => void said.push(why),
    });
    const [target] = urlSite({ url: [gateway.url + path], app: appWords, ...order }, key).targets;
    socket.open(target as Target, '127.0.0.9');
    await until('an answer', async () => said.length > 0);
    socket.cut();
    return said;
  }

  it('is believed by --ca or --insecure, and not without', async () => {
    expect(gateway.url).toMatch(/^wss:/);
    expect(await outcome({ ca: files.caFile })).toEqual(['in']);
    expect(await outcome({ insecure: true })).toEqual(['in']);
    expect(await outcome({})).toEqual([expect.stringMatching(/^(SELF_SIGNED|UNABLE_TO)_/)]);
  });

  it('is asked for the path that was given', async () => {
    expect(await outcome({ insecure: true }, '/gate')).toEqual(['http 404']);
  });

  it('tells everybody of a push', async () => {
    const site = ['--url', gateway.url, '--ca', files.caFile, '--app', appWords];
    const pace = ['--rate', '0.8', '--duration', '3', '--warm-up', '1', '--connections', '20'];
    const words = ['push', '--to', 'all', ...site, ...pace, '--admin-url', gateway.adminUrl];
    const run = startBenchIn({ GATEHOUSE_ADMIN_KEY: key }, ...words, '--json', '-');
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).toBe('');
    const document = JSON.parse(stdout) as object;
    expectPublished(document);
    const told = { pushes: 2, deliveries: 40, pushesLost: 0, pushesDoubled: 0 };
    expect(document).toMatchObject({ failed: 0, systems: { gateway: told } });
    expect(stdout).not.toContain(key);
    expect(stdout).not.toContain(app.secret);
    expect(status).toBe(0);
  });
});
