import * as fc from 'fast-check';
import { expect } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { LoginRequest } from '../../gateway/registry/login.ts';
import { platforms } from '../../protocol/platforms.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { inAnHour, watch } from './fleet.ts';
import type { FleetNode } from './fleet.ts';
import {
  applyLogin,
  compare,
  isDead,
  kickInModel,
  markLost,
  nodeOf,
  policies,
  settle,
  ticketOf,
  visibleOf,
} from './model.ts';
import type { Model, Real } from './model.ts';

type Command = fc.AsyncCommand<Model, Real>;

class Login implements Command {
  readonly wish: {
    readonly node: number;
    readonly instanceId: string;
    readonly platform: Platform;
    readonly refuseIfKicked: boolean;
    readonly isAutomatic: boolean;
    readonly policy: number;
    readonly isAhead: boolean;
  };

  constructor(wish: Login['wish']) {
    this.wish = wish;
  }

  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    const { node, policy, isAhead, ...fields } = this.wish;
    const request: LoginRequest = {
      ...model.user,
      ...fields,
      sessionId: `${model.user.userId}-s${model.sent.length}`,
      ...ticketOf(isAhead, inAnHour + model.sent.length),
      policy: policies[policy] ?? makePolicy({ policy: 'multi' }),
    };
    model.sent.push({ request, node });
    const expected = applyLogin(model, request, node);
    expect((await nodeOf(real, node).registry.login(request)).kind).toBe(expected);
    await compare(model, real);
  }

  toString(): string {
    const { node, instanceId, platform, refuseIfKicked, isAutomatic, policy, isAhead } = this.wish;
    const returning = `${isAutomatic ? ', by itself' : ''}${refuseIfKicked ? ' if not kicked' : ''}`;
    return `login(${instanceId} from ${platform} on ${node}, policy ${policy}${returning}${isAhead ? ', ahead' : ''})`;
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
  readonly isAhead: boolean;

  constructor(back: number, isAhead: boolean) {
    super(back);
    this.isAhead = isAhead;
  }

  async act(model: Model, node: FleetNode, request: LoginRequest): Promise<void> {
    const live = model.sessions.get(request.instanceId);
    const isLive = live?.request.sessionId === request.sessionId;
    const ticketEndsAt = (live?.ticketEndsAt ?? inAnHour) + 10;
    const ticket = ticketOf(this.isAhead, ticketEndsAt);
    const isGood = isLive && !isDead(model, ticket);
    if (live !== undefined && isGood) {
      live.ticketEndsAt = ticketEndsAt;
      model.used.add(ticket.ticketFingerprint);
    } else if (live !== undefined && isLive) {
      kickInModel(model, live, 'REST');
      settle(model);
    }
    expect(await node.registry.renew(request, ticket)).toBe(isGood ? 'done' : 'absent');
  }

  toString = (): string => `renew(${this.back} logins ago${this.isAhead ? ', ahead' : ''})`;
}

/** The back end ends all there is, and lays something on the user. */
class Restrict implements Command {
  readonly how: 'revoke' | 'ban';

  constructor(how: Restrict['how']) {
    this.how = how;
  }

  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    const victims = [...model.sessions.values()].toSorted((a, b) => b.epoch - a.epoch);
    for (const victim of victims) {
      kickInModel(model, victim, this.how === 'revoke' ? 'REST' : 'banned');
    }
    for (const name of model.lost.keys()) markLost(model, name);
    settle(model);
    const { registry } = nodeOf(real, 1);
    if (this.how === 'ban') model.isBanned = true;
    else {
      model.isRevoked = true;
      for (const fingerprint of model.used) model.dead.add(fingerprint);
    }
    const ended =
      this.how === 'ban'
        ? await registry.ban(model.user, Infinity)
        : (await registry.revoke(model.user)).ended;
    expect(ended.map(({ kick }) => kick.sessionId)).toEqual(
      victims.map(({ request }) => request.sessionId),
    );
    await compare(model, real);
  }

  toString = (): string => `${this.how}()`;
}

class Unban implements Command {
  check = (model: Readonly<Model>): boolean => model.isBanned;

  async run(model: Model, real: Real): Promise<void> {
    model.isBanned = false;
    expect(await nodeOf(real, 2).registry.unban(model.user)).toBe(true);
    await compare(model, real);
  }

  toString = (): string => 'unban()';
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
    isAhead: fc.boolean(),
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
  fc.tuple(fc.nat(4), fc.boolean()).map(([back, isAhead]) => new Renew(back, isAhead)),
  fc.constantFrom('revoke', 'ban').map((how) => new Restrict(how)),
  fc.constant(new Unban()),
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
