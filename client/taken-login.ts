import type { Frame } from '../protocol/frames.ts';

/**
 * A login that the gateway has taken from the handshake. Its answer may be here before anybody asks for it: in Node it
 * comes in one piece with the answer to the handshake.
 */
export class TakenLogin {
  readonly userSig: string;
  #reply: Promise<Frame<'loggedIn'>> | undefined;
  #isAnswered = false;
  #tell: () => void = () => undefined;

  constructor(userSig: string) {
    this.userSig = userSig;
  }

  /** What is waited for. */
  expect(reply: Promise<Frame<'loggedIn'>>): void {
    this.#reply = reply;
    // Whoever asks hears of a failure.
    reply.catch(() => undefined);
  }

  /** The answer is here. */
  answered(): void {
    this.#isAnswered = true;
    this.#tell();
  }

  /** Gives the reply. @param answered called when the answer is here, at once if it is */
  ask(answered: () => void): Promise<Frame<'loggedIn'>> | undefined {
    this.#tell = answered;
    if (this.#isAnswered) answered();
    return this.#reply;
  }
}
