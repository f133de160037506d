import type { Frame } from '../protocol/frames.ts';

/** Something that was pushed to the user. */
export interface MessageReceived {
  /** To whom. */
  readonly userID: string;
  /** Who sent it: a user, or what the app's back end calls itself. */
  readonly sender: string;
  /**
   * What the body is: `C2C` for what the REST call openim/sendmsg sent, `everybody` for all_member_push/im_push, else
   * the sender's word.
   */
  readonly topic: string;
  /** The content; that of the two REST calls is JSON. */
  readonly body: string;
  /** Of two messages to the user the later one has the larger number. */
  readonly number: number;
  /** When it was sent, in milliseconds by the gateway's clock. */
  readonly sentAtMs: number;
  /** Whether it went to all users of the app. */
  readonly toEverybody: boolean;
}

/** What sendMessage() is given. */
export interface OutgoingMessage {
  /** To whom. */
  readonly userID: string;
  /** What the body is, at most 64 characters; empty if left out. */
  readonly topic?: string;
  /** At most 12,288 bytes of UTF-8. */
  readonly body: string;
}

/** What became of it. */
export interface SentMessage {
  /** As in `messageReceived` of those who got it. */
  readonly number: number;
  /** The sessions it was sent to; 0: the user is not online. */
  readonly sessions: number;
}

/** A push with the names that applications know. */
export function messageFrom(userID: string, push: Frame<'push'>): MessageReceived {
  const { sender, topic, body, number, toEverybody } = push;
  const sentAtMs = Math.floor(number / 1000);
  return { userID, sender, topic, body, number, sentAtMs, toEverybody };
}
