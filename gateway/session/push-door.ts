import { Broadcasts } from '../push/broadcasts.ts';
import { pushFrame } from '../push/push-frame.ts';
import type { Push, PushListener } from '../registry/pushes.ts';
import type { SessionRoom } from './session-room.ts';

/** What the registry tells of pushes, on its way to the sessions of this node. */
export class PushDoor implements PushListener {
  readonly #room: SessionRoom;
  readonly #broadcasts: Broadcasts;

  /** `everybodyPerS`: sessions that a push to everybody reaches in a second. */
  constructor(room: SessionRoom, everybodyPerS: number) {
    this.#room = room;
    this.#broadcasts = new Broadcasts({
      receivers: () => room.sessions.withLogin(),
      perS: everybodyPerS,
      counters: room.pushes,
    });
  }

  pushed(sessionIds: readonly string[], push: Push): void {
    const { sessions, pushes } = this.#room;
    const gone = sessions.pushed(sessionIds, pushFrame(push, false));
    pushes.dropped += gone;
  }

  pushedToEverybody(sdkAppId: number, push: Push): void {
    this.#broadcasts.add(sdkAppId, push);
  }

  /** Whoever has not been told yet is not. */
  stop(): void {
    this.#broadcasts.stop();
  }
}
