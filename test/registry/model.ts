import * as fc from 'fast-check';
import { expect } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import { survivors } from '../../gateway/policy/survivors.ts';
import { kickTypeBetween } from '../../gateway/registry/kick-type.ts';
import type { LoginOutcome, LoginRequest, Status, UserRef } from '../../gateway/registry/port.ts';
import { mobilePlatforms, retention } from '../../gateway/registry/retention.ts';
import { platforms } from '../../protocol/platforms.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { belief, inAnHour, sessionIdOf, ticketUntil, watch } from './fleet.ts';
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
}

/** The real thing: three nodes over one store. */
export type Real = readonly FleetNode[];

export function newModel(user: UserRef, hasPresence: boolean): Model {
  const maps = { sessions: new Map(), marks: new Map(), lost: new Map() };
  const told = [[], [], []];
  return { user, sent: [], ...maps, told, logins: 0, evictions: 0, customStatus: '', hasPresence };
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
function settle(model: Model): void {
  if (visibleOf(model).state === 'offline') model.customStatus = '';
}

/** Runs dry within a life, and gives nothing back before its end. */
const evictions = { burst: 6, refillMs: 3_600_000 };

const policies = [
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
  return mark !== undefined && request.refuseIfKicked ? 'kicked' : undefined;
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
function applyLogin(model: Model, request: LoginRequest, node: number): LoginOutcome['kind'] {
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

function kickInModel(model: Model, victim: ModelSession, cause: string): void {
  const { sessionId, instanceId } = victim.request;
  model.sessions.delete(instanceId);
  model.marks.set(instanceId, { sessionId, predecessors: victim.predecessors });
  model.told[victim.node]?.push(`kicked ${sessionId} ${cause}`);
}

/** Who is away is told when she comes back; no node has anything to end. */
function markLost(model: Model, instanceId: string): void {
  const lost = model.lost.get(instanceId);
  if (lost === undefined) return;
  model.lost.delete(instanceId);
  model.marks.set(instanceId, { sessionId: lost.sessionId, predecessors: [] });
}

/** The registry must hold exactly what the model holds, in the same order. */
async function compare(model: Model, real: Real): Promise<void> {
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

function nodeOf(real: Real, index: number): FleetNode {
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

type Command = fc.AsyncCommand<Model, Real>;

class Login implements Command {
  readonly wish: {
    readonly node: number;
    readonly instanceId: string;
    readonly platform: Platform;
    readonly refuseIfKicked: boolean;
    readonly isAutomatic: boolean;
    readonly policy: number;
  };

  constructor(wish: Login['wish']) {
    this.wish = wish;
  }

  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    const { node, policy, ...fields } = this.wish;
    const request: LoginRequest = {
      ...model.user,
      ...fields,
      sessionId: `${model.user.userId}-s${model.sent.length}`,
      ...ticketUntil(inAnHour + model.sent.length),
      policy: policies[policy] ?? makePolicy({ policy: 'multi' }),
    };
    model.sent.push({ request, node });
    const expected = applyLogin(model, request, node);
    expect((await nodeOf(real, node).registry.login(request)).kind).toBe(expected);
    await compare(model, real);
  }

  toString(): string {
    const { node, instanceId, platform, refuseIfKicked, isAutomatic, policy } = this.wish;
    const returning = `${isAutomatic ? ', by itself' : ''}${refuseIfKicked ? ' if not kicked' : ''}`;
    return `login(${instanceId} from ${platform} on ${node}, policy ${policy}${returning})`;
  }
}

/** Something done to a session that was sent earlier, whatever has become of it since. */
abstract class OnEarlier implements Command {
  readonly back: number;

  constructor(back: number) {
    this.back = back;
  }

  check(model: Readonly<Model>): boolean {
    return model.sent.length > this.back;
  }

  async run(model: Model, real: Real): Promise<void> {
    const earlier = model.sent.at(-1 - this.back);
    if (earlier === undefined) throw new Error('checked above');
    await this.act(model, nodeOf(real, earlier.node), earlier.request, earlier.node);
    await compare(model, real);
  }

  abstract act(m: Model, node: FleetNode, request: LoginRequest, n: number): Promise<void>;
  abstract toString(): string;
}

class Repeat extends OnEarlier {
  async act(model: Model, node: FleetNode, request: LoginRequest, n: number): Promise<void> {
    const expected = applyLogin(model, request, n);
    expect((await node.registry.login(request)).kind).toBe(expected);
  }

  toString = (): string => `repeat(${this.back} logins ago)`;
}

class Logout extends OnEarlier {
  async act(model: Model, node: FleetNode, request: LoginRequest): Promise<void> {
    const live = model.sessions.get(request.instanceId);
    const isLive = live?.request.sessionId === request.sessionId;
    if (isLive) model.sessions.delete(request.instanceId);
    settle(model);
    expect(await node.registry.logout(request, 'left')).toBe(isLive ? 'done' : 'absent');
  }

  toString = (): string => `logout(${this.back} logins ago)`;
}

class Lose extends OnEarlier {
  async act(model: Model, node: FleetNode, request: LoginRequest): Promise<void> {
    const live = model.sessions.get(request.instanceId);
    const isLive = live?.request.sessionId === request.sessionId;
    if (live !== undefined && isLive) {
      const { sessionId } = request;
      model.sessions.delete(request.instanceId);
      const { epoch, platform } = live;
      model.lost.set(request.instanceId, { sessionId, epoch, platform });
      settle(model);
    }
    expect(await node.registry.logout(request, 'lost')).toBe(isLive ? 'done' : 'absent');
  }

  toString = (): string => `lose(${this.back} logins ago)`;
}

class SetStatus extends OnEarlier {
  readonly text: string;

  constructor(back: number, text: string) {
    super(back);
    this.text = text;
  }

  async act(model: Model, node: FleetNode, request: LoginRequest): Promise<void> {
    const live = model.sessions.get(request.instanceId);
    const isLive = live?.request.sessionId === request.sessionId;
    if (isLive) model.customStatus = this.text;
    expect(await node.registry.setStatus(request, this.text)).toBe(isLive ? 'done' : 'absent');
  }

  toString = (): string => `setStatus(${this.back} logins ago, "${this.text}")`;
}

class Watch implements Command {
  readonly node: number;

  constructor(node: number) {
    this.node = node;
  }

  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    const node = nodeOf(real, this.node);
    expect(await watch(node, model.user)).toMatchObject(visibleOf(model));
  }

  toString = (): string => `watch(on ${this.node})`;
}

class Renew extends OnEarlier {
  async act(model: Model, node: FleetNode, request: LoginRequest): Promise<void> {
    const live = model.sessions.get(request.instanceId);
    const isLive = live?.request.sessionId === request.sessionId;
    const ticketEndsAt = (live?.ticketEndsAt ?? inAnHour) + 10;
    if (live !== undefined && isLive) live.ticketEndsAt = ticketEndsAt;
    expect(await node.registry.renew(request, ticketUntil(ticketEndsAt))).toBe(
      isLive ? 'done' : 'absent',
    );
  }

  toString = (): string => `renew(${this.back} logins ago)`;
}

class Kick implements Command {
  readonly instanceIds: readonly string[] | undefined;

  constructor(instanceIds: readonly string[] | undefined) {
    this.instanceIds = instanceIds;
  }

  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    const victims = [...model.sessions.values()]
      .filter(({ request }) => this.instanceIds?.includes(request.instanceId) ?? true)
      .toSorted((a, b) => b.epoch - a.epoch);
    for (const victim of victims) kickInModel(model, victim, 'REST');
    for (const name of model.lost.keys()) {
      if (this.instanceIds?.includes(name) ?? true) markLost(model, name);
    }
    settle(model);
    const target = this.instanceIds === undefined ? 'all' : { instanceIds: this.instanceIds };
    const kicked = await nodeOf(real, 0).registry.kick(model.user, target, 'REST');
    expect(kicked.map(({ kick }) => kick.sessionId)).toEqual(
      victims.map(({ request }) => request.sessionId),
    );
    await compare(model, real);
  }

  toString = (): string => `kick(${this.instanceIds?.join(' ') ?? 'all'})`;
}

const instance = fc.constantFrom('i1', 'i2', 'i3', 'i4', '__proto__');
const login = fc
  .record({
    node: fc.nat(2),
    instanceId: instance,
    platform: fc.constantFrom(...platforms),
    manner: fc.constantFrom('own', 'automatic', 'return'),
    policy: fc.nat(policies.length - 1),
  })
  .map(
    ({ manner, ...wish }) =>
      new Login({
        ...wish,
        refuseIfKicked: manner === 'return',
        isAutomatic: manner !== 'own',
      }),
  );

const commands = [
  login,
  login,
  login,
  fc.nat(6).map((back) => new Repeat(back)),
  fc.nat(4).map((back) => new Logout(back)),
  fc.nat(4).map((back) => new Renew(back)),
  fc.option(fc.array(instance, { maxLength: 3 }), { nil: undefined }).map((ids) => new Kick(ids)),
];
const presenceCommands = [
  fc.nat(4).map((back) => new Lose(back)),
  fc
    .tuple(fc.nat(4), fc.constantFrom('', 'busy', 'away'))
    .map(([n, text]) => new SetStatus(n, text)),
  fc.nat(2).map((node) => new Watch(node)),
];

/** Random lives of one user over three nodes. Logins weigh most: without them there is nothing to end. */
export function livesOf(hasPresence: boolean): fc.Arbitrary<Iterable<Command>> {
  const all = hasPresence ? [...commands, ...presenceCommands] : commands;
  return fc.commands(all, { maxCommands: 60, size: 'max' });
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
