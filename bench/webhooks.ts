import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisServer } from '../test/support/redis-server.ts';
import type { BenchApp } from './generator/frames.ts';
import { MeasuredProcess } from './measure/measured-process.ts';
import type { WebhookResult } from './report/result.ts';

const gateway = new URL('../gateway/main.js', import.meta.url);

/** A back end that says yes to everything and counts. */
class Receiver {
  #taken = 0;
  readonly #server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      this.#taken += 1;
      response.end();
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get taken(): number {
    return this.#taken;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Flags of a node that keeps events and leaves it to others to tell of them. */
export function keepOnlyFlags(): readonly string[] {
  return [...webhookFlags('http://127.0.0.1:1/'), '--webhooks-keep-only'];
}

function webhookFlags(url: string): readonly string[] {
  const signed = [
    '--webhooks-token',
    'bench-token',
    '--webhooks-secrets',
    `whsec_${'A'.repeat(32)}`,
  ];
  return ['--webhooks-url', url, '--webhooks-allowed-addresses', '127.0.0.1', ...signed];
}

/** How long a back end may be told without news. */
const patienceMs = 20_000;

/**
 * A new node tells a back end of all events there are in Redis: what one webhook costs it, signed in both ways. Everybody is
 * logged in by then, so nothing else happens.
 */
export async function tellAll(app: BenchApp, redis: RedisServer): Promise<WebhookResult> {
  const receiver = new Receiver();
  await receiver.start();
  const listen = [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--admin-port',
    '0',
    '--log-format',
    'json',
  ];
  const store = ['--app', `${app.sdkAppId}:${app.secret}`, '--redis', redis.url];
  const words = ['start', ...listen, ...store, ...webhookFlags(receiver.url)];
  const server = await MeasuredProcess.start(gateway, words);
  try {
    const cpuBefore = server.cpuUs;
    const startedAt = performance.now();
    const before = receiver.taken;
    let [told, newsAt] = [receiver.taken, performance.now()];
    while (performance.now() - newsAt < (told === before ? patienceMs : 1000)) {
      await delay(100);
      if (receiver.taken > told) [told, newsAt] = [receiver.taken, performance.now()];
    }
    const cpuUs = server.cpuUs - cpuBefore;
    const tookMs = newsAt - startedAt;
    return { told, cpuUsPerWebhook: cpuUs / told, webhooksPerSecond: (told / tookMs) * 1000 };
  } finally {
    await server.kill();
    receiver.stop();
  }
}
