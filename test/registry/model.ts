import { expect } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { survivors } from '../../gateway/policy/survivors.ts';
import { kickTypeBetween } from '../../gateway/registry/kick.ts';
import type { Status } from '../../gateway/registry/status.ts';
import type { LoginOutcome, LoginRequest, TicketFacts } from '../../gateway/registry/login.ts';
import type { UserRef } from '../../gateway/registry/user.ts';
import { mobilePlatforms, retention } from '../../gateway/registry/retention.ts';
import { platforms } from '../../protocol/platforms.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { belief, sessionIdOf, ticketUntil } from './fleet.ts';
import type { FleetNode } from './fleet.ts';

interface ModelSession {
  readonly request: LoginRequest;
  readonly node: number;
  /** The place in the order of logins. */
  readonly epoch: number;
  readonly platform: Platform;
  readonly predecessors: readonly string[];
  ticketEndsAt: number;
}

interface ModelMark {
  readonly sessionId: string;
  readonly predecessors: readonly string[];
}

/** An instance whose link was lost without a logout. */
interface ModelLost {
  readonly sessionId: string;
  readonly epoch: number;
  readonly platform: Platform;
}

/** The plain truth about one user, without time, store or races. */
export interface Model {
  readonly user: UserRef;
  /** Every login that was ever sent, to be sent again or ended later. */
  readonly sent: { readonly request: LoginRequest; readonly node: number }[];
  readonly sessions: Map<string, ModelSession>;
  readonly marks: Map<string, ModelMark>;
  readonly lost: Map<string, ModelLost>;
  customStatus: string;
  /** Whether the registries can do presence. */
  readonly hasPresence: boolean;
  /** What each node must have been told, as text. */
  readonly told: string[][];
  logins: number;
  /** Evictions by logins under a policy that counts them; none comes back while a test lasts. */
  evictions: number;
  /** Whether there has been a revocation: every ticket of before its second is dead. */
  isRevoked: boolean;
  /** Fingerprints of the tickets that were used, and of those that are dead because they were. */
  readonly used: Set<string>;
  readonly dead: Set<string>;
  isBanned: boolean;
}

/** The real thing: three nodes over one store. */
export type Real = readonly FleetNode[];

export function newModel(user: UserRef, hasPresence: boolean): Model {
  const maps = { sessions: new Map(), marks: new Map(), lost: new Map() };
  const told = [[], [], []];
  const tickets = { isRevoked: false, used: new Set<string>(), dead: new Set<string>() };
  const none = { logins: 0, evictions: 0, customStatus: '', isBanned: false };
  return { user, sent: [], ...maps, told, ...none, ...tickets, hasPresence };
}

/** What others see of the user; a version is not the model's affair. */
export function visibleOf(model: Model): Omit<Status, 'version'> {
  const { customStatus } = model;
  const online = new Set([...model.sessions.values()].map(({ platform }) => platform));
  const isReachable = [...model.lost.values()].some(({ platform }) =>
    mobilePlatforms.includes(platform),
  );
  const away = isReachable ? 'pushOnline' : 'offline';
  const state = online.size > 0 ? 'online' : away;
  return { state, platforms: platforms.filter((platform) => online.has(platform)), customStatus };
}

/** A session has ended, or the instance it belonged to is no longer known: who is offline has no custom status. */
export function settle(model: Model): void {
  if (visibleOf(model).state === 'offline') model.customStatus = '';
}

/** Runs dry within a life, and gives nothing back before its end. */
const evictions = { burst: 6, refillMs: 3_600_000 };

export const policies = [
  makePolicy({ policy: 'single' }),
  makePolicy({ policy: 'single', evictions }),
  makePolicy({ policy: 'triple', limits: { web: 3 }, evictions }),
  makePolicy({ policy: 'dual', limits: { ios: 2 } }),
  makePolicy({ policy: 'triple', limits: { web: 3 } }),
  makePolicy({ policy: 'multi', limits: { web: 2, mac: 2 } }),
  makePolicy({ policy: [{ platforms: ['web', 'ios', 'mac'], max: 2 }], limits: { web: 3 } }),
];

/** The answer to a login that is refused or a repeat; undefined when it is a new one that holds. */
function answerOf(model: Model, request: LoginRequest): LoginOutcome['kind'] | undefined {
  const live = model.sessions.get(request.instanceId);
  const mark = model.marks.get(request.instanceId);
  if (live?.request.sessionId === request.sessionId) return 'registered';
  if (mark?.sessionId === request.sessionId) return 'kicked';
  if (namesOf(live ?? mark).includes(request.sessionId)) return 'replaced';
  if (model.isBanned) return 'banned';
  if (mark !== undefined && request.refuseIfKicked) return 'kicked';
  return isDead(model, request) ? 'revoked' : undefined;
}

/** Issued so late that no revocation of a test comes after its second: only a use makes it die. */
const dateAhead = (): number => Math.floor(Date.now() / 1000) + 25;

export function ticketOf(isAhead: boolean, endsAt: number): TicketFacts {
  return { ...ticketUntil(endsAt), ...(isAhead && { ticketIssuedAt: dateAhead() }) };
}

export function isDead(model: Model, { ticketIssuedAt, ticketFingerprint }: TicketFacts): boolean {
  if (!model.isRevoked) return false;
  return ticketIssuedAt < Date.now() / 1000 || model.dead.has(ticketFingerprint);
}

function namesOf(earlier: ModelSession | ModelMark | undefined): readonly string[] {
  return earlier?.predecessors ?? [];
}

/** The names that the next session of an instance will have behind it. */
function predecessorsIn(model: Model, instanceId: string): readonly string[] {
  const older = model.sessions.get(instanceId);
  const mark = model.marks.get(instanceId);
  const earlier = older?.request.sessionId ?? (mark ?? model.lost.get(instanceId))?.sessionId;
  const names = earlier === undefined ? [] : [earlier, ...namesOf(older ?? mark)];
  return names.slice(0, retention.predecessors);
}

/** What a login must come to, and what it does to the truth. */
export function applyLogin(
  model: Model,
  request: LoginRequest,
  node: number,
): LoginOutcome['kind'] {
  const answer = answerOf(model, request);
  if (answer !== undefined) return answer;
  const { instanceId, platform, ticketEndsAt } = request;
  const older = model.sessions.get(instanceId);
  const victims = victimsOf(model, request);
  if (isDamped(model, request, victims.length)) return 'damped';
  const predecessors = predecessorsIn(model, instanceId);
  if (older !== undefined) model.told[older.node]?.push(`replaced ${older.request.sessionId}`);
  model.marks.delete(instanceId);
  model.lost.delete(instanceId);
  model.logins += 1;
  model.used.add(request.ticketFingerprint);
  const epoch = model.logins;
  model.sessions.set(instanceId, { request, node, epoch, platform, predecessors, ticketEndsAt });
  for (const victim of victims) {
    kickInModel(model, victim, `${kickTypeBetween(victim.platform, platform)} ${instanceId}`);
  }
  markTheAway(model, request);
  settle(model);
  return 'registered';
}

/** Who is away and would have been evicted is told when she comes back. */
function markTheAway(model: Model, { policy }: LoginRequest): void {
  const live = [...model.sessions.values()];
  for (const [name, lost] of model.lost) {
    const contenders: readonly (ModelSession | ModelLost)[] = [...live, lost];
    if (!survivors(policy, contenders).includes(lost)) markLost(model, name);
  }
}

function victimsOf(model: Model, { instanceId, platform, policy }: LoginRequest): ModelSession[] {
  const others = [...model.sessions.values()].filter(
    ({ request }) => request.instanceId !== instanceId,
  );
  const kept: readonly unknown[] = survivors(policy, [
    { platform, epoch: model.logins + 1 },
    ...others,
  ]);
  return others.filter((session) => !kept.includes(session));
}

/** Whether the login must wait; if not, what it takes of the allowance is taken. */
function isDamped(model: Model, { policy, isAutomatic }: LoginRequest, count: number): boolean {
  if (policy.evictions !== evictions || count === 0) return false;
  const left = evictions.burst - model.evictions;
  if (left < (isAutomatic ? evictions.burst / 2 : 1)) return true;
  model.evictions = Math.min(model.evictions + count, 2 * evictions.burst);
  return false;
}

export function kickInModel(model: Model, victim: ModelSession, cause: string): void {
  const { sessionId, instanceId } = victim.request;
  model.sessions.delete(instanceId);
  model.marks.set(instanceId, { sessionId, predecessors: victim.predecessors });
  model.told[victim.node]?.push(`kicked ${sessionId} ${cause}`);
}

/** Who is away is told when she comes back; no node has anything to end. */
export function markLost(model: Model, instanceId: string): void {
  const lost = model.lost.get(instanceId);
  if (lost === undefined) return;
  model.lost.delete(instanceId);
  model.marks.set(instanceId, { sessionId: lost.sessionId, predecessors: [] });
}

/** The registry must hold exactly what the model holds, in the same order. */
export async function compare(model: Model, real: Real): Promise<void> {
  const expected = [...model.sessions.values()]
    .toSorted((a, b) => b.epoch - a.epoch)
    .map(({ request, node, ticketEndsAt }) => ({
      instanceId: request.instanceId,
      sessionId: request.sessionId,
      platform: request.platform,
      nodeId: real[node]?.registry.nodeId,
      ticketEndsAt,
    }));
  const records = await nodeOf(real, 0).registry.sessions(model.user);
  // Epochs are compared by the order alone: the model counts logins, the registry reads a clock.
  expect(records).toMatchObject(expected);
  expect(records).toHaveLength(expected.length);
  if (!model.hasPresence) return;
  const [status] = await nodeOf(real, 1).registry.statuses([model.user]);
  expect(status).toMatchObject({ user: model.user, ...visibleOf(model) });
}

export function nodeOf(real: Real, index: number): FleetNode {
  const node = real[index];
  if (node === undefined) throw new Error(`no node ${index}`);
  return node;
}

/** What a node was told of the sessions of this run, in the model's words. */
export function toldTo(node: FleetNode, model: Model): string[] {
  const own = new Set(model.sent.map(({ request }) => request.sessionId));
  return node.heard
    .filter((heard) => own.has(sessionIdOf(heard)))
    .map((heard) => {
      if (heard.kind === 'replaced') return `replaced ${heard.sessionId}`;
      const { sessionId, type, byInstanceId } = heard.kick;
      return `kicked ${sessionId} ${type} ${byInstanceId}`.trimEnd();
    });
}

/** What the nodes that watch the user believe of her, without versions. */
export function beliefs(model: Model, real: Real): (Omit<Status, 'version'> | undefined)[] {
  return real
    .map((node) => belief(node, model.user))
    .filter((status) => status !== undefined)
    .map(({ state, platforms: online, customStatus }) => ({
      state,
      platforms: online,
      customStatus,
    }));
}
