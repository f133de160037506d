import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, Deployment, otherApp } from '../support/deployment.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { kinds } from '../transport/harness.ts';

async function scrape(node: GatewayProcess): Promise<string> {
  const answer = await fetch(`${node.adminUrl}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  return answer.text();
}

/** The value of one metric, labels included as they are written. */
function valueOf(text: string, metric: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${metric} `));
  return line === undefined ? undefined : Number(line.slice(metric.length + 1));
}

describe.each(kinds)('what a node tells its operator, on %s', (transport) => {
  let deployment: Deployment;
  /** Every ticket a client has sent, good or bad. */
  const sent: string[] = [];
  const ticket: Deployment['ticket'] = (...order) => {
    const userSig = deployment.ticket(...order);
    sent.push(userSig);
    return userSig;
  };

  beforeAll(async () => {
    deployment = await Deployment.start({
      flags: [
        '--transport',
        transport,
        '--log-level',
        'trace',
        '--redis-command-timeout-ms',
        '500',
      ],
    });
    await scenario();
  });
  afterAll(() => deployment?.stop());

  async function scenario(): Promise<void> {
    const { a, b } = deployment;
    const old = await deployment.member(a, 'alice', { userSig: ticket('alice') });
    await deployment.member(b, 'alice', { userSig: ticket('alice') });
    await old.client.closed();
    const client = await deployment.connect(a);
    const bad = { secret: 'canary-of-a-forger-0123456789' };
    await client.login(deployment.loginOf('bob', { userSig: ticket('bob', bad) }));
    const login = deployment.loginOf('bob', { userSig: ticket('bob'), platform: 'ios' });
    await client.login(login);
    await client.login({ ...login, userSig: ticket('bob', { expireS: 900 }) });
    await client.request({ name: 'renew', userSig: ticket('bob', { expireS: 1800 }) });
    await client.request({ name: 'renew', userSig: ticket('carol') });
    await client.login(deployment.loginOf('carol', { userSig: ticket('carol') }));
    await client.request({ name: 'logout' });
    await client.login(login);

    // A ticket where none belongs, and in what is no frame at all.
    const odd = await deployment.connect(a);
    await odd.login(deployment.loginOf('dave', { client: ticket('dave').slice(0, 60) }));
    odd.sendRaw(Buffer.from(ticket('dave')));
    await odd.closed();
    const text = await deployment.connect(a, { encoding: 'json' });
    text.sendRaw(JSON.stringify([1, 1, ticket('erin'), ticket('erin'), ticket('erin')]));
    await text.next('failed');
    text.sendRaw(`["${ticket('erin')}",`);
    await text.closed();

    // The faults of the registry are where an error could carry the arguments of a call.
    const late = await deployment.connect(a);
    deployment.redis.pause();
    await late.login(deployment.loginOf('frank', { userSig: ticket('frank') }));
    deployment.redis.resume();
  }

  it('counts logins, sessions, kicks, refusals and closes', async () => {
    const text = await scrape(deployment.a);
    const expected = {
      'gatehouse_sessions{platform="ios"}': 1,
      'gatehouse_sessions{platform="web"}': 0,
      gatehouse_logins_total: 5,
      gatehouse_repeat_logins_total: 1,
      gatehouse_account_switches_total: 1,
      gatehouse_logouts_total: 1,
      gatehouse_ticket_renewals_total: 1,
      'gatehouse_kicks_total{type="multipleAccount"}': 1,
      'gatehouse_kicks_total{type="REST"}': 0,
      'gatehouse_refusals_total{code="ticketForged"}': 1,
      'gatehouse_refusals_total{code="ticketUserMismatch"}': 1,
      'gatehouse_refusals_total{code="registryUnavailable"}': 1,
      'gatehouse_closes_total{code="kicked"}': 1,
      gatehouse_bad_frames_total: 2,
      gatehouse_login_duration_seconds_count: 5,
    };
    const found = Object.fromEntries(
      Object.keys(expected).map((metric) => [metric, valueOf(text, metric)]),
    );
    expect(found).toEqual(expected);
    expect(valueOf(text, 'gatehouse_received_frames_total')).toBeGreaterThan(10);
    expect(text).toContain(`transport="${transport}"`);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  });

  it('follows the naming rules of Prometheus and describes each metric', async () => {
    const text = await scrape(deployment.a);
    const own = [...text.matchAll(/^# TYPE (gatehouse_\S+) (\w+)$/gm)];
    expect(own.length).toBeGreaterThan(15);
    for (const [, name = '', type] of own) {
      expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(text).toContain(`# HELP ${name} `);
    }
  });

  it('never writes a ticket, a key or a user where they do not belong', async () => {
    const metrics = (await scrape(deployment.a)) + (await scrape(deployment.b));
    const written = [deployment.a, deployment.b]
      .flatMap(({ stdout, stderr }) => [stdout, stderr])
      .join('\n');
    expect(written, 'the log is detailed').toContain('"level":"debug"');
    expect(sent.length).toBeGreaterThan(10);
    for (const text of [metrics, written]) {
      for (const { secret } of [app, otherApp]) expect(text).not.toContain(secret);
      // Also no piece of a ticket from its middle on, where it holds the signature.
      for (const userSig of sent) expect(text).not.toContain(userSig.slice(70, 94));
      for (const userSig of sent) expect(text).not.toContain(userSig.slice(0, 50));
    }
    for (const userId of ['alice', 'bob', 'carol', 'erin']) expect(metrics).not.toContain(userId);
  });
});
