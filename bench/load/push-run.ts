import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { memberName, type PushOrder, type Share } from './plan.ts';
import type { Notes } from './notes.ts';
import { pushBody } from './push-body.ts';
import { startDue } from './start-due.ts';

/** A call that takes longer is given up. */
const patienceMs = 15_000;
const links = { keepAlive: true, maxSockets: 64 } as const;

/** What a call was answered: `sessions` of a push to a user, `nodes` of one to everybody. */
interface Answer {
  readonly code?: string;
  readonly sessions?: number;
  readonly nodes?: number;
}

/** A back end that pushes: one generator's share of the calls, each when it is due. */
export class PushRun {
  readonly #order: PushOrder;
  readonly #share: Share;
  readonly #notes: Notes;
  readonly #plain = new HttpAgent(links);
  readonly #secure: HttpsAgent;
  #left: number;
  #resolve: () => void = () => undefined;

  constructor(order: PushOrder, share: Share, notes: Notes) {
    this.#order = order;
    const { ca, isChecked = true } = order.admin.tls ?? {};
    this.#secure = new HttpsAgent({ ...links, ca, rejectUnauthorized: isChecked });
    this.#share = share;
    this.#notes = notes;
    this.#left = Math.max(0, Math.ceil((order.pushes - share.index) / share.count));
  }

  /** Resolves when every call was answered or given up. */
  async run(): Promise<void> {
    if (this.#left === 0) return;
    await new Promise<void>((resolve) => {
      this.#resolve = resolve;
      const { pushes: count, rate, startAtMs, first } = this.#order;
      startDue({ count, rate, startAtMs }, this.#share, this.#notes, (i, dueAtMs) =>
        this.#push(first + i, dueAtMs),
      );
    });
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #push(number: number, dueAtMs: number): void {
    const { bytes, to, seed } = this.#order;
    const body = pushBody({ number, dueMs: dueAtMs }, bytes);
    const content = { sender: 'bench', topic: 'bench', body };
    const id = `bench-${seed}-${number}`;
    const call = this.#call(number, to === 'user' ? content : { ...content, id });
    let isOver = false;
    const over = (failure: string | undefined): void => {
      if (isOver) return;
      isOver = true;
      if (failure === undefined) this.#notes.timed('accepted', dueAtMs);
      else this.#notes.failed(failure);
      this.#finish();
    };
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.on('error', (error) => over(error.message));
      response.on('end', () =>
        over(failureOf(response.statusCode ?? 0, Buffer.concat(chunks).toString())),
      );
    });
    call.on('error', (error: Error & { readonly code?: string }) =>
      over(error.code ?? error.message),
    );
  }

  #call(number: number, content: object): ClientRequest {
    const { admin, sdkAppId, to, users, size } = this.#order;
    const path =
      to === 'user'
        ? `/v1/apps/${sdkAppId}/users/${memberName(users, number % size)}/pushes`
        : `/v1/apps/${sdkAppId}/pushes`;
    const url = new URL(admin.urls[number % admin.urls.length] ?? '');
    const bytes = Buffer.from(JSON.stringify(content));
    const isSecure = url.protocol === 'https:';
    const call = (isSecure ? httpsRequest : httpRequest)({
      agent: isSecure ? this.#secure : this.#plain,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method: 'POST',
      path: `${url.pathname.replace(/\/$/, '')}${path}`,
      headers: {
        authorization: `Bearer ${admin.key}`,
        'content-type': 'application/json',
        'content-length': bytes.length,
      },
    });
    call.setTimeout(patienceMs, () => call.destroy(new Error('no answer')));
    call.end(bytes);
    return call;
  }

  #finish(): void {
    this.#notes.finished += 1;
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
  }
}

/** Why a push was not sent to whom it was for; undefined when it was. */
function failureOf(status: number, text: string): string | undefined {
  const answer = readAnswer(text);
  if (status !== 200) return `http ${status} ${answer?.code ?? ''}`.trimEnd();
  if (answer === undefined) return 'an answer that is none';
  return (answer.sessions ?? answer.nodes ?? 0) > 0 ? undefined : 'pushed to nobody';
}

function readAnswer(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}
