import { text, utf8Length, utf8Text, wideInteger } from './fields.ts';
import { limits } from './limits.ts';

/** Who sends. Not `from`: that says in a frame's definition which side sends the frame. */
export const sender = text(
  'Who sends: a UserID, or what the back end calls itself.',
  limits.pushNameLength,
);
/** What a body is. */
export const topic = text(
  'What the body is, in words that sender and receiver have agreed on.',
  limits.pushNameLength,
);
/** What is pushed. */
export const body = utf8Text('The content, often JSON.', limits.pushBodyBytes);
/** A number of a push: microseconds by the registry's clock, or a little more. */
export const pushNumber = wideInteger;

/** Whether a push of these texts is longer than one may be (rule PUSH-4). */
export function isPushTooLong(texts: readonly string[]): boolean {
  return utf8Length(JSON.stringify(texts)) > limits.pushBytes;
}
