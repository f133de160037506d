import { expect, vi } from 'vitest';
import type { NodeQuestion } from '../../gateway/registry/node-port.ts';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { Registry } from '../../gateway/registry/port.ts';
import type { Status, UserStatus } from '../../gateway/registry/status.ts';
import type { Kick } from '../../gateway/registry/kick.ts';
import type { LoginRequest, TicketFacts } from '../../gateway/registry/login.ts';
import type { HeldSession, HeldSessions } from '../../gateway/registry/held-sessions.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import type { Push } from '../../gateway/registry/pushes.ts';

/** What a node was told, in the order it was told. */
export type Heard =
  | { readonly kind: 'kicked'; readonly kick: Kick }
  | { readonly kind: 'replaced'; readonly sessionId: string };

/** One node as a test sees it: its registry, and all it was told. */
export interface FleetNode {
  readonly registry: Registry;
  readonly heard: Heard[];
  /** The sessions it holds; those `hold` put there. What it is told to end goes, as a gateway would do it. */
  readonly held: Map<string, HeldSession>;
  /** Sessions of logins on their way, and those of `register`: here, and not to be audited. */
  readonly claimed: Map<string, HeldSession['sdkAppId']>;
  /** The users it watches, by their key, with all it was told of each; `watch` puts them there. */
  readonly watched: Map<string, { readonly user: UserRef; readonly told: UserStatus[] }>;
  /** What other nodes have asked it. */
  readonly asked: NodeQuestion[];
  /** The statuses it was told for the user's own sessions. */
  readonly own: { readonly sessionId: string; readonly status: Status }[];
  /** The pushes it was told, with whom they were for: sessionIds, or an app. */
  readonly pushes: { readonly to: readonly string[] | number; readonly push: Push }[];
}

/** Some nodes that share one store; every back end brings its own. */
export interface Fleet {
  /** Whether its registries can do presence already. */
  readonly hasPresence: boolean;
  start(): Promise<void>;
  /** A further node, started. */
  node(): Promise<FleetNode>;
  stop(): Promise<void>;
}

/** The sessions of a listener that holds none. */
export const holdsNobody: HeldSessions = {
  count: 0,
  countByApp: new Map(),
  all: () => [],
  has: () => false,
};

/** The presence side of a listener that watches nobody. */
export const watchesNobody = {
  statusChanged: (): void => undefined,
  ownStatusChanged: (): void => undefined,
  pushed: (): void => undefined,
  pushedToEverybody: (): void => undefined,
  watched: { count: 0, all: (): UserRef[] => [], has: (): boolean => false },
};

/** Wraps a registry so that the test can see what the node was told, and starts it. */
export async function startNode(registry: Registry): Promise<FleetNode> {
  const heard: Heard[] = [];
  const held = new Map<string, HeldSession>();
  const claimed: FleetNode['claimed'] = new Map();
  const end = (told: Heard): void => {
    heard.push(told);
    claimed.delete(sessionIdOf(told));
    const session = held.get(sessionIdOf(told));
    if (session === undefined) return;
    held.delete(session.sessionId);
    void registry.logout(session, 'left');
  };
  const watched: FleetNode['watched'] = new Map();
  const own: FleetNode['own'] = [];
  const asked: FleetNode['asked'] = [];
  const pushes: FleetNode['pushes'] = [];
  await registry.start({
    kicked: (kick) => end({ kind: 'kicked', kick }),
    replaced: (sessionId) => end({ kind: 'replaced', sessionId }),
    held: {
      get count() {
        return held.size;
      },
      get countByApp() {
        const counts = new Map<number, number>();
        const apps = [...held.values()].map(({ sdkAppId }) => sdkAppId);
        for (const app of [...apps, ...claimed.values()])
          counts.set(app, (counts.get(app) ?? 0) + 1);
        return counts;
      },
      all: () => held.values(),
      has: (sessionId) => held.has(sessionId) || claimed.has(sessionId),
    },
    statusChanged: (status) => watched.get(keyOf(status.user))?.told.push(status),
    ownStatusChanged: (sessionId, status) => own.push({ sessionId, status }),
    pushed: (to, push) => pushes.push({ to, push }),
    pushedToEverybody: (to, push) => pushes.push({ to, push }),
    watched: {
      get count() {
        return watched.size;
      },
      all: () => [...watched.values()].map(({ user }) => user),
      has: (user) => watched.has(keyOf(user)),
    },
    node: {
      load: () => ({
        version: '1.2.3',
        transport: 'uws',
        startedAt: 1_700_000_000,
        isDraining: false,
        sessions: held.size,
        connections: 0,
        loopDelayMs: 0.5,
      }),
      asked: (question) => {
        asked.push(question);
        if (question.kind !== 'links') return undefined;
        const links = question.sessionIds.map((sessionId) => ({
          sessionId,
          state: 'online' as const,
          address: registry.nodeId,
        }));
        return { kind: 'links', links };
      },
    },
  });
  return { registry, heard, held, claimed, watched, own, asked, pushes };
}

const triple = makePolicy({ policy: 'triple' });
export const inAnHour = Math.floor(Date.now() / 1000) + 3600;

let users = 0;

/** A user nobody has used before in this process. */
export function freshUser(): UserRef {
  users += 1;
  return { sdkAppId: 1_400_000_000, userId: `user-${users}` };
}

let tickets = 0;

/** A ticket of its own, issued an hour ago; the end in Unix seconds. */
export function ticketUntil(ticketEndsAt: number): TicketFacts {
  tickets += 1;
  return { ticketEndsAt, ticketIssuedAt: inAnHour - 7200, ticketFingerprint: `ticket-${tickets}` };
}

let sessions = 0;

/** A login nobody has sent before: a session of its own, everything else by default or as told. */
export function loginOf(user: UserRef, wish: Partial<LoginRequest> = {}): LoginRequest {
  sessions += 1;
  return {
    sdkAppId: user.sdkAppId,
    userId: user.userId,
    instanceId: 'phone',
    sessionId: `session-${sessions}`,
    platform: 'ios',
    ...ticketUntil(inAnHour),
    refuseIfKicked: false,
    isAutomatic: wish.refuseIfKicked ?? false,
    policy: triple,
    ...wish,
  };
}

/** The epoch of a login that must succeed. The node claims the session before, as a gateway does. */
export async function register(node: FleetNode, request: LoginRequest): Promise<number> {
  node.claimed.set(request.sessionId, request.sdkAppId);
  const outcome = await node.registry.login(request);
  if (outcome.kind !== 'registered') throw new Error(`login ended as ${outcome.kind}`);
  return outcome.epoch;
}

/** A login whose session the node holds from then on. */
export async function hold(node: FleetNode, request: LoginRequest): Promise<HeldSession> {
  const session = { ...request, epoch: await register(node, request) };
  node.held.set(session.sessionId, session);
  node.claimed.delete(session.sessionId);
  return session;
}

/** Makes the node watch a user from now on, and gives what it learns at once. */
export async function watch(node: FleetNode, user: UserRef): Promise<UserStatus> {
  const told: UserStatus[] = [];
  node.watched.set(keyOf(user), { user, told });
  const [status] = await node.registry.watch([user]);
  if (status === undefined) throw new Error('a watch was answered with nothing');
  told.push(status);
  return status;
}

/** What the node believes of a user it watches: of all it was told, the newest. */
export function belief(node: FleetNode, user: UserRef): UserStatus | undefined {
  const told = node.watched.get(keyOf(user))?.told ?? [];
  return told.reduce<UserStatus | undefined>(
    (newest, status) => (newest === undefined || status.version > newest.version ? status : newest),
    undefined,
  );
}

/** Waits until a node believes this of a user it watches. */
export function believes(
  node: FleetNode,
  user: UserRef,
  expected: Partial<Status>,
): Promise<UserStatus> {
  return vi.waitFor(
    () => {
      const status = belief(node, user);
      expect(status).toMatchObject(expected);
      return status as UserStatus;
    },
    { timeout: 5000, interval: 2 },
  );
}

function keyOf({ sdkAppId, userId }: UserRef): string {
  return `${sdkAppId}:${userId}`;
}

/** Waits until a node was told of the end of a session, and gives what it was told. */
export function hears(node: FleetNode, sessionId: string): Promise<Heard> {
  return vi.waitFor(
    () => {
      const found = node.heard.find((heard) => sessionIdOf(heard) === sessionId);
      if (found === undefined) throw new Error(`nothing was heard of ${sessionId}`);
      return found;
    },
    { timeout: 5000, interval: 2 },
  );
}

/** So many users lie on every master of a Cluster, all but certainly. */
const markers = 24;

/**
 * Everything a node was told about these sessions so far. Notifications that one server sends a node keep their order,
 * so those that each server is made to send now come after all that are on their way.
 */
export async function heardOf(node: FleetNode, sessionIds: readonly string[]): Promise<Heard[]> {
  await Promise.all(
    Array.from({ length: markers }, async () => {
      const marker = loginOf(freshUser());
      await register(node, marker);
      await node.registry.kick(marker, 'all', 'REST');
      await hears(node, marker.sessionId);
    }),
  );
  return node.heard.filter((heard) => sessionIds.includes(sessionIdOf(heard)));
}

export function sessionIdOf(heard: Heard): string {
  return heard.kind === 'kicked' ? heard.kick.sessionId : heard.sessionId;
}

/** Waits until a node takes logins and has nothing left to make up for. */
export function isAudited(node: FleetNode): Promise<void> {
  return vi.waitFor(
    () => {
      const { reasons, isAuditing } = node.registry.health();
      expect({ reasons, isAuditing }).toEqual({ reasons: [], isAuditing: false });
    },
    { timeout: 10_000, interval: 10 },
  );
}

/** The sessionIds of a user's live sessions, newest first. */
export async function liveSessions(node: FleetNode, user: UserRef): Promise<string[]> {
  const records = await node.registry.sessions(user);
  return records.map(({ sessionId }) => sessionId);
}
