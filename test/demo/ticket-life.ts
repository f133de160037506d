import { Between } from './story.ts';
import { closing, logIn, renew, type Device, type Scene } from './scene.ts';

/** Settings of the demo's nodes, in seconds: long enough to be seen, short enough to wait for. */
export const ticketTimes = { warnS: 2, graceS: 2 } as const;

/** How late an end may be told. */
const latestMs = 1000;

const dave: Device = { userId: 'dave', instanceId: 'dave-tablet', platform: 'ipad' };

/** A ticket ends while its user is online: announced, renewed, ended, renewed late, ended for good. */
export async function ticketLife(scene: Scene): Promise<void> {
  const { story, deployment } = scene;
  const client = await deployment.connect(deployment.a);
  let endsAt = 0;

  await story.step('a ticket that ends soon is announced', async (see) => {
    const userSig = deployment.ticket('dave', { expireS: 3 });
    const reply = see(await logIn(scene, client, dave, { userSig }), { name: 'loggedIn' });
    endsAt = endOf(reply);
    see(await client.next('ticketExpiring'), {
      ticketEndsAt: endsAt,
      leftMs: new Between(1, ticketTimes.warnS * 1000),
    });
  });

  await story.step('it is renewed in place', async (see) => {
    const reply = see(await renew(scene, client, 'dave', 3), { name: 'renewed' });
    see({ name: 'gained', seconds: endOf(reply) - endsAt }, { seconds: new Between(1, 3) });
    endsAt = endOf(reply);
  });

  await story.step('it expires online, told within a second', async (see) => {
    see(await client.next('ticketExpiring'), { ticketEndsAt: endsAt });
    see(await client.next('ticketExpired'), { code: 6206, graceMs: ticketTimes.graceS * 1000 });
    see({ name: 'late', ms: Date.now() - endsAt * 1000 }, { ms: new Between(0, latestMs) });
  });

  await story.step('it is renewed in the grace time', async (see) => {
    const reply = see(await renew(scene, client, 'dave', 2), { name: 'renewed' });
    endsAt = endOf(reply);
  });

  await story.step(
    'it expires again and is not renewed: closed after the grace time',
    async (see) => {
      see(await client.next('ticketExpired'), { code: 6206 });
      see(await closing(client), { code: 4502 });
      const graceMs = ticketTimes.graceS * 1000;
      see(
        { name: 'after the end', ms: Date.now() - endsAt * 1000 },
        { ms: new Between(graceMs, graceMs + 2 * latestMs) },
      );
    },
  );
}

function endOf(reply: object): number {
  return (reply as { readonly ticketEndsAt?: number }).ticketEndsAt ?? 0;
}
