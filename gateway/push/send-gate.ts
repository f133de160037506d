import { BackEndCall, type BackEndSettings } from '../back-end/back-end-call.ts';
import type { PushCounters } from './counters.ts';

/** A message of a user to another. */
export interface UserMessage {
  readonly sdkAppId: number;
  readonly sender: string;
  /** To whom. */
  readonly userId: string;
  readonly topic: string;
  readonly body: string;
}

/** Whether a message may be sent; `unknown` when the back end did not say. */
export type SendVerdict = 'pass' | 'refused' | 'unknown';

/** Asks the app's back end before each message: POST with the UserMessage, answered with 200 and `{allow: true}` or `{allow: false}`. */
export class SendGate {
  readonly #call: BackEndCall;
  readonly #counters: PushCounters;
  readonly #failed: (error: unknown) => void;

  /** `failed` hears of each call without a usable answer. */
  constructor(settings: BackEndSettings, counters: PushCounters, failed: (error: unknown) => void) {
    this.#call = new BackEndCall(settings);
    this.#counters = counters;
    this.#failed = failed;
  }

  /** Never rejects. */
  async judge({ sdkAppId, sender, userId, topic, body }: UserMessage): Promise<SendVerdict> {
    this.#counters.callbacks += 1;
    try {
      const answer = await this.#call.ask({ sdkAppId, sender, userId, topic, body });
      return isAllowed(answer) ? 'pass' : 'refused';
    } catch (error) {
      this.#counters.callbackFailures += 1;
      this.#failed(error);
      return 'unknown';
    }
  }
}

function isAllowed(answer: unknown): boolean {
  const allow =
    typeof answer === 'object' && answer !== null && 'allow' in answer ? answer.allow : undefined;
  if (typeof allow !== 'boolean')
    throw new Error('the back end answered without a boolean "allow"');
  return allow;
}
