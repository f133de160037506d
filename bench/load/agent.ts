/** A load generator process: makes clients, lets them do what the bench asks, and tells what came of it as it comes. */
import { Deliveries } from './deliveries.ts';
import { Member, type Ground } from './member.ts';
import { Notes } from './notes.ts';
import { PhaseRun } from './phase-run.ts';
import {
  memberName,
  type AgentAnswer,
  type AgentRequest,
  type CrewOrder,
  type Share,
} from './plan.ts';
import { PushRun } from './push-run.ts';

const newsEveryMs = 200;

const notes = new Notes();
const ground: Ground = {
  notes,
  deliveries: new Deliveries(notes),
  originMs: 0,
  watched: [],
  finish: () => undefined,
};
const crews = new Map<string, readonly Member[]>();

function say(what: AgentAnswer): void {
  process.send?.(what);
}

function sayNews(): void {
  say({ answer: 'news', samples: notes.takeSamples(), tally: notes.tally() });
}

function makeCrew(order: CrewOrder, share: Share): Member[] {
  const { app, users, device, size, ticketEndsAt, platform = 'android', isLean } = order;
  const members: Member[] = [];
  for (let i = share.index; i < size; i += share.count) {
    const userId = memberName(users, i);
    const instanceId = `${userId}-${device}`;
    const words = { app, userId, instanceId, ticketEndsAt, platform };
    members.push(new Member(words, ground, isLean));
  }
  return members;
}

async function serve(request: AgentRequest): Promise<void> {
  if (request.ask === 'prepare')
    crews.set(request.order.crew, makeCrew(request.order, request.share));
  else if (request.ask === 'run') await run(request);
  else if (request.ask === 'push') await new PushRun(request.order, request.share, notes).run();
  else if (request.ask === 'mark') ground.originMs = request.atMs;
  else for (const member of [...crews.values()].flat()) member.drop();
  sayNews();
  say({ answer: 'done' });
}

async function run({ order, share }: Extract<AgentRequest, { ask: 'run' }>): Promise<void> {
  const members = crews.get(order.crew) ?? [];
  const victims = order.victims === null ? undefined : crews.get(order.victims);
  members.forEach((member, i) => (member.victim = victims?.[i]));
  if (order.watched !== null) {
    ground.watched = (crews.get(order.watched) ?? []).map(({ userId }) => userId);
    ground.deliveries.watch(ground.watched);
  }
  await new PhaseRun(order, share, members, notes).run(ground);
}

setInterval(sayNews, newsEveryMs);
process.on('message', (request: AgentRequest) => void serve(request));
process.on('disconnect', () => process.exit());
// The bench may have ended while news were on their way to it.
process.on('error', () => process.exit());
// Ctrl-C goes to the whole group: what was measured is still wanted.
process.on('SIGINT', () => undefined);
