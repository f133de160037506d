import { loginMessage, type BenchApp } from '../generator/frames.ts';
import { LoginSocket, type LoginListener } from '../generator/login-socket.ts';
import type { Target } from '../generator/target.ts';

/** Logins under way at a time, in total. */
const atOnce = 100;
/** Sockets of one crowd that connect from one address: the gateway caps the logins under way from each. */
const perAddress = 1000;

const ignore = (): void => undefined;

/** Users that are logged in to one server, each on a socket of her own. */
export class Crowd implements LoginListener {
  /** In the order of the users. */
  readonly sockets: readonly LoginSocket[];
  /** Hears each message that comes after the login; the bytes are overwritten when it returns. */
  onMessage: (payload: Buffer) => void = ignore;
  /** Connections that ended by themselves after their login. */
  lostCount = 0;
  readonly #target: Target;
  #opened = 0;
  #in = 0;
  #resolve: () => void = ignore;
  #reject: (error: Error) => void = ignore;

  private constructor(app: BenchApp, userIds: readonly string[], target: Target) {
    this.#target = target;
    this.sockets = userIds.map((userId) => new LoginSocket(loginMessage(app, userId), this));
  }

  /** Logs all in; rejects with the reason when one is refused. */
  static async logIn(app: BenchApp, userIds: readonly string[], target: Target): Promise<Crowd> {
    const crowd = new Crowd(app, userIds, target);
    await new Promise<void>((resolve, reject) => {
      crowd.#resolve = resolve;
      crowd.#reject = reject;
      for (let i = 0; i < atOnce; i++) crowd.#openNext();
    });
    return crowd;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.sockets) socket.cut();
  }

  loggedIn(): void {
    this.#in += 1;
    if (this.#in === this.sockets.length) this.#resolve();
    else this.#openNext();
  }

  failed(_: LoginSocket, why: string): void {
    this.#reject(new Error(`a login failed: ${why}`));
  }

  lost(): void {
    this.lostCount += 1;
  }

  received(_: LoginSocket, payload: Buffer): void {
    this.onMessage(payload);
  }

  #openNext(): void {
    const socket = this.sockets[this.#opened];
    if (socket === undefined) return;
    socket.open(this.#target, `127.0.1.${1 + Math.floor(this.#opened / perAddress)}`);
    this.#opened += 1;
  }
}
