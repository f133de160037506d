import { Court } from './court.ts';
import { groupByUser, livesOf } from './lives.ts';
import type { Evidence, Verdict } from './verdict.ts';

/** Holds a round against the invariants. Pure: knows nothing but the evidence, and no time but that of the log. */
export function check(evidence: Evidence): Verdict {
  const lives = livesOf(evidence.events);
  for (const life of lives) life.delayedNs = (evidence.delayedMs ?? 0) * 1e6;
  const court = new Court(evidence, lives);
  for (const ofUser of groupByUser(lives).values()) court.hearUser(ofUser);
  court.hearRegistry(lives);
  for (const life of lives) court.hearLife(life);
  for (const event of evidence.events) court.hearEvent(event);
  return court.verdict(lives.length);
}
