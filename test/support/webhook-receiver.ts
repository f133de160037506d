import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A webhook as it came in. */
export interface Call {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly body: WebhookBody;
  /** Whether it was answered with a yes. */
  readonly isTaken: boolean;
}

/** What stands in every webhook. */
export interface WebhookBody {
  readonly CallbackCommand: string;
  readonly EventTime: number;
  readonly Info: { readonly Action: string; readonly To_Account: string; readonly Reason: string };
  readonly KickedDevice?: readonly { readonly Platform: string }[];
  readonly Gatehouse: {
    readonly Id: string;
    readonly Event: string;
    readonly Version: number;
    readonly PreviousVersion: number;
    readonly InstanceId: string;
    readonly SessionId: string;
    readonly Platform: string;
    readonly Node: string;
  } & Readonly<Record<string, unknown>>;
}

/** How a receiver treats a webhook. */
export type Mood = 'answers' | 'hangs' | 'fails' | 'drips' | 'cuts' | 'redirects' | 'floods';

/** A back end that is told of events, in any mood. */
export class WebhookReceiver {
  readonly calls: Call[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #open = new Set<ServerResponse>();
  /** The mood for a webhook. */
  mood: (body: WebhookBody) => Mood = () => 'answers';
  /** Connections so far. */
  connections = 0;
  /** Webhooks under way now, and the most there ever were. */
  underWay = 0;
  mostUnderWay = 0;

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.#server.on('connection', () => (receiver.connections += 1));
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks`;
  }

  /** The webhooks that were answered with a yes. */
  get taken(): readonly Call[] {
    return this.calls.filter(({ isTaken }) => isTaken);
  }

  /** The events of a user that were taken, each once, in the order in which each was taken first. */
  eventsOf(userId: string): readonly WebhookBody['Gatehouse'][] {
    return this.events().get(userId) ?? [];
  }

  /** The same of every user. */
  events(): ReadonlyMap<string, readonly WebhookBody['Gatehouse'][]> {
    const seen = new Set<string>();
    const byUser = new Map<string, WebhookBody['Gatehouse'][]>();
    for (const { isTaken, body } of this.calls) {
      const { Gatehouse: event, Info } = body;
      if (!isTaken || seen.has(event.Id)) continue;
      seen.add(event.Id);
      const ofUser = byUser.get(Info.To_Account);
      if (ofUser === undefined) byUser.set(Info.To_Account, [event]);
      else ofUser.push(event);
    }
    return byUser;
  }

  async stop(): Promise<void> {
    for (const response of this.#open) response.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open.add(response);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    response.on('close', () => {
      this.#open.delete(response);
      this.underWay -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = JSON.parse(text) as WebhookBody;
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const mood = this.mood(body);
    const { headers } = request;
    const isTaken = mood === 'answers';
    this.calls.push({ path: pathname, query: searchParams, headers, text, body, isTaken });
    show(mood, response);
  }
}

function show(mood: Mood, response: ServerResponse): void {
  switch (mood) {
    case 'answers':
      response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
      return;
    case 'fails':
      response.writeHead(500).end('no');
      return;
    case 'redirects':
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      return;
    case 'cuts':
      response.destroy();
      return;
    case 'floods':
      response.end('x'.repeat(100_000));
      return;
    case 'drips': {
      response.writeHead(200, { 'content-length': 1000 });
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
      return;
    }
    case 'hangs':
  }
}
