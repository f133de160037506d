import { optional, text, utf8Length, utf8Text, wideInteger } from './fields.ts';
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
/** Microseconds by the registry's clock, or a little more. */
export const number = wideInteger(
  'Orders the pushes of the user: a later one has a larger number.',
);
/** What a client that comes back asks for. */
export const afterPush = optional(
  wideInteger(
    'The number of the last push that a client which comes back by itself knows; those after it that are still kept follow. 0: none.',
  ),
  0,
);
/** From where on it may ask. */
export const pushNumber = optional(
  wideInteger(
    'What to send as afterPush when coming back, unless a push has come by then. 0: nothing is kept, or a repeated login, which changes nothing.',
  ),
  0,
);

/** Whether a push of these texts is longer than one may be (rule PUSH-4). */
export function isPushTooLong(texts: readonly string[]): boolean {
  return utf8Length(JSON.stringify(texts)) > limits.pushBytes;
}
