import { describe, expect, it, onTestFinished } from 'vitest';
import { Deployment } from '../support/deployment.ts';

async function start(...flags: readonly string[]): Promise<Deployment> {
  const deployment = await Deployment.start({ flags });
  onTestFinished(() => deployment.stop());
  return deployment;
}

describe('a kick whose node stands still', () => {
  it('[KICK-4, KICK-6] is a fact at once, and its client learns of it wherever it comes back', async () => {
    const deployment = await start();
    const victim = await deployment.member(deployment.a, 'alice', { platform: 'ios' });
    deployment.a.signal('SIGSTOP');
    const winner = await deployment.member(deployment.b, 'alice', { platform: 'android' });
    expect(await deployment.registered('alice')).toEqual([winner.session.sessionId]);
    expect(victim.client.unread, 'nobody could tell it').toEqual([]);

    victim.client.cut();
    const returning = await deployment.connect(deployment.b);
    const reply = await returning.login({ ...victim.login, automatic: true });
    expect(reply).toMatchObject({ name: 'failed', code: 6208 });
    expect(await returning.next('kicked')).toMatchObject({
      kickType: 'multipleDevice',
      byPlatform: 'android',
      byInstanceId: winner.login.instanceId,
    });
    expect(await returning.closed()).toBe(4500);
    expect(winner.client.isOpen).toBe(true);
  });

  it('[KICK-4] is told as soon as the node goes on', async () => {
    const deployment = await start();
    const victim = await deployment.member(deployment.a, 'bob');
    deployment.a.signal('SIGSTOP');
    const winner = await deployment.member(deployment.b, 'bob');
    deployment.a.signal('SIGCONT');
    expect(await victim.client.next('kicked')).toMatchObject({
      byInstanceId: winner.login.instanceId,
    });
    expect(await victim.client.closed()).toBe(4500);
  });

  it('[KICK-6] lets an instance back in by itself where the deployment is set so', async () => {
    const deployment = await start('--kicked-return', 'allow');
    const victim = await deployment.member(deployment.a, 'carol');
    const winner = await deployment.member(deployment.b, 'carol');
    expect(await victim.client.closed()).toBe(4500);
    const { instanceId } = victim.login;
    await deployment.member(deployment.b, 'carol', { instanceId, automatic: true });
    expect(await winner.client.closed()).toBe(4500);
  });
});
