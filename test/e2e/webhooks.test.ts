import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { app, Deployment, type DeploymentOptions } from '../support/deployment.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { callRest } from '../support/rest-client.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const patient = { timeout: 30_000, interval: 20 };
const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('webhooks', { timeout: 60_000 }, () => {
  let receiver: WebhookReceiver;
  let deployment: Deployment;
  const extra: GatewayProcess[] = [];
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(async () => {
    await Promise.all(extra.splice(0).map((node) => node.kill()));
    await deployment.stop();
    await receiver.stop();
  });

  const flags = (): string[] => [
    '--webhooks-url',
    receiver.url,
    '--webhooks-secrets',
    secret,
    '--webhooks-allowed-addresses',
    '127.0.0.1',
    '--webhooks-timeout-ms',
    '300',
  ];
  const fast = ['--redis-lease-s', '2', '--redis-command-timeout-ms', '500'];

  async function start(options: DeploymentOptions = {}): Promise<void> {
    const mine = options.registry === 'embedded' ? [] : fast;
    deployment = await Deployment.start({
      ...options,
      flags: [...flags(), ...mine, ...(options.flags ?? [])],
    });
  }
  const told = (userId: string): string[] =>
    receiver.eventsOf(userId).map(({ Event, InstanceId }) => `${Event} ${InstanceId}`);
  function isWhole(userId: string): void {
    const events = receiver.eventsOf(userId);
    events.forEach((event, i) => expect(event.PreviousVersion).toBe(events[i - 1]?.Version ?? 0));
  }

  it.each(['redis', 'embedded'] as const)(
    'tell what happened, with a registry that is %s',
    async (registry) => {
      await start({ registry, flags: ['--policy', 'single', '--presence-hold-s', '0'] });
      const phone = await deployment.member(deployment.a, 'alice', {
        platform: 'ios',
        instanceId: 'phone',
      });
      await deployment.member(deployment.b, 'alice', { platform: 'mac', instanceId: 'mac' });
      await phone.client.closed();
      const tab = await deployment.member(deployment.a, 'bob', { instanceId: 'tab' });
      await tab.client.request({ name: 'setStatus', customStatus: 'busy' });
      await tab.client.request({ name: 'logout' });
      const lost = await deployment.member(deployment.b, 'carol', { instanceId: 'tab' });
      lost.client.cut();
      await vi.waitFor(() => {
        expect(told('alice')).toEqual(['login phone', 'login mac', 'kicked phone']);
        expect(told('bob')).toEqual(['login tab', 'customStatus tab', 'logout tab']);
        expect(told('carol')).toEqual(['login tab', 'linkClosed tab']);
      }, patient);
      for (const user of ['alice', 'bob', 'carol']) isWhole(user);
      const kicks = receiver.calls.flatMap(({ body }) => body.KickedDevice ?? []);
      expect(kicks).toEqual([{ Platform: 'IOS' }]);
      for (const { text, headers } of receiver.calls) {
        new Webhook(secret).verify(text, headers as Record<string, string>);
      }
    },
  );

  it('say nothing of a link that is back in time, and of one that is not only after its hold', async () => {
    await start({ flags: ['--presence-hold-s', '1'] });
    const first = await deployment.member(deployment.a, 'dora', { instanceId: 'phone' });
    first.client.cut();
    const again = await deployment.member(deployment.b, 'dora', { instanceId: 'phone' });
    await vi.waitFor(() => expect(told('dora')).toEqual(['login phone', 'login phone']), patient);
    again.client.cut();
    await vi.waitFor(
      () => expect(told('dora')).toEqual(['login phone', 'login phone', 'linkClosed phone']),
      patient,
    );
  });

  it('tell of a ticket that ended, and of what a back end did', async () => {
    await start({ flags: ['--ticket-grace-s', '0'] });
    const userSig = deployment.ticket('erna', { expireS: 2 });
    await deployment.member(deployment.a, 'erna', { instanceId: 'tab', userSig });
    await deployment.member(deployment.a, 'fritz', { instanceId: 'tab' });
    const query = {
      sdkappid: String(app.sdkAppId),
      identifier: 'administrator',
      usersig: deployment.ticket('administrator'),
      contenttype: 'json',
    };
    const path = 'im_open_login_svc/kick';
    const answer = await callRest(deployment.b, { path, query, body: { UserID: 'fritz' } });
    expect(answer.ErrorCode).toBe(0);
    await vi.waitFor(() => {
      expect(told('erna')).toEqual(['login tab', 'expired tab']);
      expect(told('fritz')).toEqual(['login tab', 'revoked tab']);
    }, patient);
    const revoked = receiver.taken.find(({ body }) => body.Gatehouse.Event === 'revoked');
    expect(revoked?.query.get('OptPlatform')).toBe('RESTAPI');
  });

  it('tell of each session of a killed node once, and lose nothing with the node that told', async () => {
    await start();
    const c = await GatewayProcess.start({
      flags: ['--redis', deployment.redis.url, '--node-name', 'c', ...flags(), ...fast],
      env: deployment.env,
    });
    extra.push(c);
    const users = Array.from({ length: 40 }, (_, i) => `user-${i}`);
    const nodes = [deployment.a, deployment.b, c];
    const login = async (userId: string, i: number): Promise<void> => {
      const node = nodes[i % nodes.length] as GatewayProcess;
      await deployment.member(node, userId, { instanceId: 'tab' });
    };
    // While the back end fails, events pile up with those who tell.
    receiver.mood = () => 'fails';
    await Promise.all(users.map(login));
    await vi.waitFor(() => expect(receiver.calls.length).toBeGreaterThan(10), patient);
    await deployment.a.kill();
    const moods = ['answers', 'hangs', 'fails', 'cuts', 'drips'] as const;
    let calls = 0;
    receiver.mood = () => moods[calls++ < 60 ? calls % moods.length : 0] ?? 'answers';
    const left = [deployment.b, c];
    const victims = users.filter((_, i) => i % 3 === 0);
    await vi.waitFor(() => {
      for (const userId of victims) expect(told(userId)).toEqual(['login tab', 'timedOut tab']);
    }, patient);
    receiver.mood = () => 'answers';
    await Promise.all(
      users.map((userId, i) =>
        deployment.member(left[i % 2] as GatewayProcess, userId, { instanceId: 'tab' }),
      ),
    );
    await vi.waitFor(() => {
      for (const userId of users) {
        const expected = victims.includes(userId)
          ? ['login tab', 'timedOut tab', 'login tab']
          : ['login tab', 'login tab'];
        expect(told(userId)).toEqual(expected);
      }
    }, patient);
    for (const userId of users) isWhole(userId);
    const deadLetters = await Promise.all(
      left.map(async ({ adminUrl }) => {
        const text = await (await fetch(`${adminUrl}/metrics`)).text();
        return /^gatehouse_webhook_dead_letters_total (\d+)$/m.exec(text)?.[1];
      }),
    );
    expect(deadLetters).toEqual(['0', '0']);
  });
});
