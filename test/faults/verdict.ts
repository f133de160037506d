import type { LoginPolicy } from '../../gateway/policy/login-policy.ts';
import type { Invariant, Stamped } from './events.ts';
import type { RegistryState } from './registry-view.ts';

/** Something that must not be. */
export interface Finding {
  readonly invariant: Invariant;
  readonly text: string;
}

/** What is laid before the checker: a round, from its first login to its quiescence. */
export interface Evidence {
  readonly events: readonly Stamped[];
  /** What the registry held at the end. */
  readonly registry: RegistryState;
  readonly policy: LoginPolicy;
  /** Established sockets may break: the fault is on the clients' side. */
  readonly breaksSockets?: boolean;
  /** The fault takes Redis's data away, and kick marks with it. */
  readonly forgetsKicks?: boolean;
  /** How late a login may be answered, in ms. */
  readonly answersWithinMs?: number | undefined;
  /** How much later than usual a login without an answer may still happen, in ms: what asks for it is held back. */
  readonly delayedMs?: number | undefined;
  /** Messages that nodes may say as errors. */
  readonly alarms?: readonly string[] | undefined;
}

/** What the checker counted and found. */
export interface Verdict {
  readonly logins: number;
  readonly kicksIssued: number;
  readonly kicksLost: number;
  readonly falseKicks: number;
  /** Users with more sessions than the policy allows, in the registry or on their sockets. */
  readonly overPolicy: number;
  /** Established sockets that ended without a reason of their own. */
  readonly socketsClosed: number;
  readonly findings: readonly Finding[];
}
