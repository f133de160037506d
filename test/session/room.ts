import { randomUUID } from 'node:crypto';
import { closeCodes, isFinal, type CloseCodeName } from '../../protocol/codes.ts';
import type { ClientFrame, Frame, FrameName, ServerFrame } from '../../protocol/frames.ts';
import type { SharedFrame } from '../../protocol/shared-frame.ts';
import type { EvictionAllowance } from '../../gateway/policy/eviction-allowance.ts';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { PresetName } from '../../gateway/policy/presets.ts';
import { GatewayCounters } from '../../gateway/observe/counters.ts';
import { createLogger } from '../../gateway/observe/logger.ts';
import { PresenceCounters } from '../../gateway/presence/counters.ts';
import { Presence } from '../../gateway/presence/presence.ts';
import type { PresenceSettings } from '../../gateway/presence/settings.ts';
import { simpleVisibilities, type Visibility } from '../../gateway/presence/visibility.ts';
import { MemoryRegistry } from '../../gateway/registry/memory/memory-registry.ts';
import { MemoryStore } from '../../gateway/registry/memory/memory-store.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import { DeadlineWheel, wheelTickMs } from '../../gateway/session/deadline-wheel.ts';
import { KickWars } from '../../gateway/session/kick-wars.ts';
import { LocalSessions } from '../../gateway/session/local-sessions.ts';
import type { Outbound, SendOutcome } from '../../gateway/session/outbound.ts';
import { Pulse } from '../../gateway/session/pulse.ts';
import { Session } from '../../gateway/session/session.ts';
import type { SessionRoom, SessionSettings } from '../../gateway/session/session-room.ts';
import { AppKeys } from '../../gateway/ticket/app-keys.ts';
import type { SendGate } from '../../gateway/push/send-gate.ts';
import type { AppSettings } from '../../gateway/session/apps.ts';
import { PushCounters } from '../../gateway/push/counters.ts';
import { PushDoor } from '../../gateway/session/push-door.ts';
import { makeUserSig } from '../../gateway/ticket/user-sig.ts';

export const appId = 1_400_000_000;
const secret = 'a-secret-of-the-session-tests';

/** A clock that moves only when told, and whose wall can be stepped by itself. */
export class HandClock {
  monotonic = 1_000_000;
  wall = Date.now();
  monotonicMs = (): number => this.monotonic;
  wallMs = (): number => this.wall;
}

/** The far end of a session: keeps what it is sent. */
export class Peer implements Outbound {
  readonly remoteAddress = '127.0.0.1';
  readonly frames: ServerFrame[] = [];
  closedWith: CloseCodeName | undefined;
  isAdmitted = false;
  /** What the next sends answer. */
  outcome: SendOutcome = 'sent';
  session!: Session;
  #seq = 0;
  #isGone = false;

  /** The socket goes; after a goodbye the client does not come back by itself. */
  goes(mayReturn: boolean): void {
    this.#isGone = true;
    this.session.closed(mayReturn ? 'lost' : 'goodbye');
  }

  send(frame: ServerFrame): SendOutcome {
    if (this.outcome !== 'dropped') this.frames.push(frame);
    return this.outcome;
  }

  sendAll(frames: readonly SharedFrame[]): SendOutcome {
    if (this.outcome !== 'dropped') this.frames.push(...frames.map(({ frame }) => frame));
    return this.outcome;
  }

  loggedIn(): void {
    this.isAdmitted = true;
  }

  close(code: CloseCodeName, last?: ServerFrame): void {
    if (this.#isGone) return;
    if (last) this.frames.push(last);
    this.closedWith ??= code;
    this.goes(!isFinal(closeCodes[code].code));
  }

  /** The client sends a frame; its sequence number comes back. */
  says(frame: DistributiveOmit<ClientFrame, 'seq'>): number {
    const seq = ++this.#seq;
    this.session.receive({ ...frame, seq });
    return seq;
  }

  /** The frames of this name so far. */
  got<N extends FrameName>(name: N): Frame<N>[] {
    return this.frames.filter((frame) => frame.name === name) as Frame<N>[];
  }

  /** The reply to a request, if it has come. */
  reply(seq: number): ServerFrame | undefined {
    return this.frames.find((frame) => frame.seq === seq);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A node's sessions on the embedded registry, driven by hand. */
export class TestRoom {
  readonly clock: HandClock;
  readonly room: SessionRoom;
  readonly pulse: Pulse;
  readonly registry: Registry;
  readonly logged: string[] = [];

  constructor(
    options: {
      readonly store?: MemoryStore;
      readonly clock?: HandClock;
      readonly policy?: PresetName;
      readonly evictions?: EvictionAllowance;
      readonly settings?: Partial<SessionSettings>;
      readonly refuseKickedReturn?: boolean;
      readonly userMessages?: AppSettings['userMessages'];
      readonly sendGate?: SendGate;
      readonly wrap?: (registry: Registry) => Registry;
      readonly visibility?: Visibility;
      readonly presence?: Partial<PresenceSettings>;
    } = {},
  ) {
    this.clock = options.clock ?? new HandClock();
    const incarnation = randomUUID().slice(0, 8);
    const memory = new MemoryRegistry(`node-${incarnation}`, options.store ?? new MemoryStore());
    this.registry = options.wrap?.(memory) ?? memory;
    this.room = {
      registry: this.registry,
      clock: this.clock,
      apps: new Map([
        [
          appId,
          {
            policy: makePolicy({
              policy: options.policy ?? 'multi',
              evictions: options.evictions,
            }),
            refuseKickedReturn: options.refuseKickedReturn ?? true,
            userMessages: options.userMessages ?? 'off',
          },
        ],
      ]),
      keys: new AppKeys([{ sdkAppId: appId, keys: [{ secret }] }]),
      sessions: new LocalSessions(incarnation),
      wars: new KickWars(),
      wheel: new DeadlineWheel(this.clock.monotonic),
      counters: new GatewayCounters(),
      presence: new Presence({
        registry: this.registry,
        visibility: options.visibility ?? simpleVisibilities.sameApp,
        settings: {
          usersPerWatch: 100,
          usersPerQuery: 500,
          watchesPerSession: 200,
          maxCalls: 20,
          ...options.presence,
        },
        counters: new PresenceCounters(),
      }),
      pushes: new PushCounters(),
      sendGate: options.sendGate,
      logger: createLogger({
        level: 'debug',
        format: 'json',
        nodeId: 'test',
        secrets: [secret],
        sink: { write: (line) => void this.logged.push(line) },
      }),
      settings: {
        loginDeadlineMs: 5000,
        maxFailedLogins: 5,
        ticketWarnMs: 300_000,
        ticketGraceMs: 60_000,
        clockToleranceS: 30,
        holdMs: 5000,
        keepsPushes: false,
        maxSends: 20,
        ...options.settings,
      },
    };
    this.pulse = new Pulse(this.room);
    const door = new PushDoor(this.room, 1_000_000);
    void memory.start({
      kicked: (kick) => this.room.sessions.kicked(kick),
      replaced: (sessionId) => this.room.sessions.replaced(sessionId),
      held: this.room.sessions.held,
      statusChanged: (status) => this.room.presence.told(status),
      ownStatusChanged: (sessionId, status) =>
        this.room.sessions.ownStatusChanged(sessionId, status),
      watched: this.room.presence.watched,
      pushed: (sessionIds, push) => door.pushed(sessionIds, push),
      pushedToEverybody: (sdkAppId, push) => door.pushedToEverybody(sdkAppId, push),
    });
  }

  connect(): Peer {
    const peer = new Peer();
    peer.session = new Session(this.room, peer);
    return peer;
  }

  /** A connection on which `userId` is logged in. */
  async loggedIn(userId: string, fields: Partial<Frame<'login'>> = {}): Promise<Peer> {
    const peer = this.connect();
    const seq = peer.says(this.login(userId, fields));
    await settled();
    if (peer.reply(seq)?.name !== 'loggedIn') throw new Error(JSON.stringify(peer.frames));
    return peer;
  }

  login(userId: string, fields: Partial<Frame<'login'>> = {}): Omit<Frame<'login'>, 'seq'> {
    return {
      name: 'login',
      sdkAppId: appId,
      userId,
      userSig: fields.userSig ?? this.ticket(userId),
      instanceId: `${userId}-laptop`,
      platform: 'web',
      automatic: false,
      client: '',
      afterPush: 0,
      ...fields,
    };
  }

  ticket(userId: string, expireS = 86_400): string {
    const issuedAt = Math.floor(this.clock.wall / 1000);
    return makeUserSig({ sdkAppId: appId, secret, userId, expireS, issuedAt });
  }

  /** Time goes by, with the beats of the pulse in it. */
  async wait(ms: number): Promise<void> {
    const end = this.clock.monotonic + ms;
    while (this.clock.monotonic < end) {
      const step = Math.min(wheelTickMs, end - this.clock.monotonic);
      this.clock.monotonic += step;
      this.clock.wall += step;
      this.pulse.beat();
    }
    await settled();
  }
}

/** Everything that was waiting for a promise of the embedded registry has run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}
