import { wheelTickMs } from './deadline-wheel.ts';
import type { SessionRoom } from './session-room.ts';
import { rearmTickets } from './ticket-watch.ts';

/** A wall clock that moved this far against the monotonic one was stepped, not just slewed. */
const stepMs = 500;

/** The one timer of all sessions: moves the wheel and notices when the wall clock is stepped. */
export class Pulse {
  readonly #room: SessionRoom;
  #offsetMs: number;
  #timer: NodeJS.Timeout | undefined;
  #rest: NodeJS.Immediate | undefined;

  constructor(room: SessionRoom) {
    this.#room = room;
    this.#offsetMs = wallOffsetMs(room);
  }

  start(): void {
    this.#timer = setInterval(() => this.beat(), wheelTickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#rest);
    this.#rest = undefined;
  }

  /** One beat; public for tests with a clock of their own. */
  beat(): void {
    const offsetMs = wallOffsetMs(this.#room);
    if (Math.abs(offsetMs - this.#offsetMs) > stepMs) {
      this.#room.logger.warn(
        { stepMs: Math.round(offsetMs - this.#offsetMs) },
        'the wall clock was stepped',
      );
      rearmTickets(this.#room);
      // Only now: small steps must add up until they count.
      this.#offsetMs = offsetMs;
    }
    const hasMore = this.#room.wheel.advance(this.#room.clock.monotonicMs());
    if (hasMore && this.#rest === undefined) this.#goOnSoon();
  }

  /** Between two parts of a storm the event loop looks at its sockets. */
  #goOnSoon(): void {
    this.#rest = setImmediate(() => {
      this.#rest = undefined;
      if (this.#room.wheel.goOn()) this.#goOnSoon();
    });
  }
}

function wallOffsetMs(room: SessionRoom): number {
  return room.clock.wallMs() - room.clock.monotonicMs();
}
