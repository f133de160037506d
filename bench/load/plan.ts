import type { Platform } from '../../protocol/platforms.ts';
import type { BenchApp } from '../generator/frames.ts';
import type { Target } from '../generator/target.ts';
import type { TimingName } from '../report/measures.ts';
import type { AdminAccess } from '../site/site.ts';
import type { Rate } from './schedule.ts';

/** Which of the generators one is, and of how many. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/** Clients that are made beforehand: member `i` of every crew is a device of user `i`. */
export interface CrewOrder {
  readonly crew: string;
  readonly app: BenchApp;
  /** What the names of its users begin with. */
  readonly users: string;
  /** What tells their instances from those of another crew of the same users. */
  readonly device: string;
  readonly size: number;
  /** When their tickets end, in Unix seconds. */
  readonly ticketEndsAt: number;
  readonly platform?: Platform;
  /** Whether they take as little memory as can be: tickets are made when they log in, and sockets are bare handles. */
  readonly isLean?: boolean;
}

/** What the members of a crew do. */
export interface PhaseOrder {
  readonly crew: string;
  /** The first of them and how many; the first one again after the last when there are more logins than members. */
  readonly first: number;
  readonly logins: number;
  readonly targets: readonly Target[];
  /** Member `i` goes to target `i + shift`. */
  readonly shift: number;
  /** Source addresses of each generator; 0: the system's choice. */
  readonly sources: number;
  /** At a rate from a time of `monotonicMs` on; or so many at a time, in all. */
  readonly pace:
    | { readonly kind: 'rate'; readonly rate: Rate; readonly startAtMs: number }
    | {
        readonly kind: 'atOnce';
        readonly most: number;
        /** Generators that work at a time, in turn; all of them where nothing is said. */
        readonly generators?: number;
      };
  /** Whether the logins are timed. */
  readonly isTimed: boolean;
  /** Milliseconds until a member logs out again; null: it stays. */
  readonly stayMs: number | null;
  /** Whether members that lose their connection come back to another target, after a random part of so long. */
  readonly comeBackWithinMs: number | null;
  /** The crew whose members with the same number these logins end. */
  readonly victims: string | null;
  /** How often a login that is refused for now is tried again, as a client would. */
  readonly retries?: number;
  /** The crew whose users, those of the same generator, each of these watches from its login on. */
  readonly watched: string | null;
}

/** What a back end pushes to the members of a crew. */
export interface PushOrder {
  readonly admin: AdminAccess;
  readonly sdkAppId: number;
  /** What the names of the users begin with, and how many they are: push `i` is for user `i`, and around again. */
  readonly users: string;
  readonly size: number;
  readonly to: 'user' | 'all';
  /** Number of the first push, of all in the run, and how many. */
  readonly first: number;
  readonly pushes: number;
  readonly rate: Rate;
  /** Ms of `monotonicMs`. */
  readonly startAtMs: number;
  /** Length of a body. */
  readonly bytes: number;
  readonly seed: number;
}

/** The name of member `i` of a crew whose users' names begin so. */
export function memberName(users: string, i: number): string {
  return `${users}-${String(i).padStart(7, '0')}`;
}

/** What a generator is asked. */
export type AgentRequest =
  | { readonly ask: 'prepare'; readonly order: CrewOrder; readonly share: Share }
  | { readonly ask: 'run'; readonly order: PhaseOrder; readonly share: Share }
  | { readonly ask: 'push'; readonly order: PushOrder; readonly share: Share }
  /** From now on `back` and `told` are reckoned from this time of `monotonicMs`. */
  | { readonly ask: 'mark'; readonly atMs: number }
  | { readonly ask: 'drop' };

/** Timings that a generator reports: of each the time of its end (ms of `monotonicMs`) and its length (us), in turn. */
export type Samples = Readonly<Partial<Record<TimingName | 'lateness', Float64Array>>>;

/** How it stands at one generator. */
export interface Tally {
  /** Logins or pushes that have ended, one way or the other. */
  readonly finished: number;
  /** Members that are logged in. */
  readonly online: number;
  /** Pushes that a member got a second time. */
  readonly doubled: number;
  readonly failures: Readonly<Record<string, number>>;
  /** How often connections ended that were meant to come back, by the way. */
  readonly closings: Readonly<Record<string, number>>;
  /** CPU time so far, in microseconds. */
  readonly cpuUs: number;
}

/** What a generator says. News come by themselves; each request is answered once. */
export type AgentAnswer =
  | { readonly answer: 'news'; readonly samples: Samples; readonly tally: Tally }
  | { readonly answer: 'done' };
