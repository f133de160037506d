import type { Frame } from '../../protocol/frames.ts';
import type { Deployment } from '../support/deployment.ts';
import type { FrameClient } from '../support/frame-client.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import type { Story } from './story.ts';

/** What every chapter is given. */
export interface Scene {
  readonly story: Story;
  readonly deployment: Deployment;
  /** Flags of every node, for further ones. */
  readonly nodeFlags: readonly string[];
}

/** One installed client of a user: it keeps its instance and may have any number of connections over time. */
export interface Device {
  readonly userId: string;
  readonly instanceId: string;
  readonly platform: Frame<'login'>['platform'];
}

/** How a device logs in; a good ticket unless one is given. */
export interface LoginWay {
  readonly userSig?: string;
  readonly automatic?: boolean;
}

/** Sends the login of a device on a connection and gives back the answer. */
export function logIn(
  scene: Scene,
  client: FrameClient,
  device: Device,
  way: LoginWay = {},
): ReturnType<FrameClient['login']> {
  return client.login(scene.deployment.loginOf(device.userId, { ...device, ...way }));
}

/** The end of a connection as something to look at. */
export async function closing(client: FrameClient): Promise<{ name: 'closed'; code: number }> {
  return { name: 'closed', code: await client.closed() };
}

/** How many sessions the registry holds for a user, as something to look at. */
export async function registry(
  scene: Scene,
  userId: string,
): Promise<{ name: 'registry'; userId: string; sessions: number }> {
  const { length } = await scene.deployment.registered(userId);
  return { name: 'registry', userId, sessions: length };
}

/** What /readyz of a node says, as something to look at. */
export async function readiness(
  node: GatewayProcess,
): Promise<{ name: 'readyz'; status: number; reasons: string }> {
  const answer = await fetch(`${node.adminUrl}/readyz`);
  const { reasons } = (await answer.json()) as { readonly reasons: readonly string[] };
  return { name: 'readyz', status: answer.status, reasons: reasons.join(', ') };
}

/** Renews with a good ticket of the same user: the shortest proof that a session is alive. */
export function renew(
  scene: Scene,
  client: FrameClient,
  userId: string,
  expireS?: number,
): ReturnType<FrameClient['request']> {
  const order = expireS === undefined ? {} : { expireS };
  return client.request({ name: 'renew', userSig: scene.deployment.ticket(userId, order) });
}
