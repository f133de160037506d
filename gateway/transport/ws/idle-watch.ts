import type { Watched } from './ws-connection.ts';

/**
 * Ends peers that have gone silent, with one timer for all of them. A peer that has not sent a byte for nearly the
 * idle time gets a ping; one that stays silent for the rest of it is cut. The margin between the two is that of
 * uWebSockets.js: 4, 8 or 16 s.
 */
export class IdleWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #pingAfterTicks: number;
  readonly #cutAfterTicks: number;

  constructor(idleTimeoutS: number, watched: () => Iterable<Watched>) {
    const marginS = pingMarginS(idleTimeoutS);
    const tickS = marginS / 4;
    this.#cutAfterTicks = Math.ceil(idleTimeoutS / tickS);
    this.#pingAfterTicks = this.#cutAfterTicks - 4;
    this.#timer = setInterval(() => {
      for (const connection of watched()) this.#look(connection);
    }, tickS * 1000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(connection: Watched): void {
    connection.quietTicks = connection.hasSpoken() ? 0 : connection.quietTicks + 1;
    if (connection.quietTicks >= this.#cutAfterTicks) connection.cut();
    else if (connection.quietTicks === this.#pingAfterTicks) connection.ping();
  }
}

/** How long before the end of the idle time the ping goes out. */
function pingMarginS(idleTimeoutS: number): number {
  let marginS = 4;
  while (marginS < 16 && idleTimeoutS >= marginS * 4) marginS *= 2;
  return marginS;
}
