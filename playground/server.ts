/** What the page is told by its gateway. */
export interface Facts {
  /** Where tickets and network links come from. */
  readonly apiUrl: string;
  readonly sdkAppId: number;
  /** The login policy. */
  readonly policy: string;
  /** Whether tickets are made here: for the sample app only. */
  readonly makesTickets: boolean;
}

/** How the network of a device may be. */
export type NetworkMode = 'normal' | 'refuse' | 'blackhole';

/** A way to the gateway that can fail. */
export interface NetworkLink {
  readonly id: string;
  readonly url: string;
}

/** An answer that the request cannot be granted. */
export class ServerError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the page asks of development mode's server. Its promises reject with ServerError. */
export class PlaygroundServer {
  readonly facts: Facts;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  /** Asks the gateway that serves this page. */
  static async find(): Promise<PlaygroundServer> {
    const answer = await fetch('/playground.json');
    return new PlaygroundServer((await answer.json()) as Facts);
  }

  /** A ticket of the sample app. */
  async ticket(userId: string, expireS: number): Promise<string> {
    const { userSig } = await this.#ask<{ userSig: string }>('/tickets', { userId, expireS });
    return userSig;
  }

  async openLink(): Promise<NetworkLink> {
    const { id, port } = await this.#ask<{ id: string; port: number }>('/links', {});
    return { id, url: `ws://${location.hostname}:${port}` };
  }

  /** Whether a link still is there; the server ends those that nobody used for a while. */
  async holdsLink(id: string): Promise<boolean> {
    try {
      await this.#ask('/links/keep', { id });
      return true;
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) return false;
      throw error;
    }
  }

  async setMode(id: string, mode: NetworkMode): Promise<void> {
    await this.#ask('/links/mode', { id, mode });
  }

  async reset(id: string): Promise<void> {
    await this.#ask('/links/reset', { id });
  }

  async #ask<T>(path: string, order: object): Promise<T> {
    const answer = await fetch(`${this.facts.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    }).catch(() => {
      throw new ServerError(
        0,
        'the playground’s server does not answer: was the gateway restarted? Reload the page',
      );
    });
    const body = (await answer.json()) as T & { readonly error?: string };
    if (!answer.ok) throw new ServerError(answer.status, body.error ?? 'the request failed');
    return body;
  }
}
