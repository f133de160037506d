import { flag, integer, token } from './fields.ts';
import { limits } from './limits.ts';
import { body, number, sender, topic } from './push-fields.ts';

/** The frames of pushes; `frames` has them all. */
export const pushFrames = {
  send: {
    type: 9,
    from: 'client',
    kind: 'request',
    doc: 'Sends something to a user of the own app who is online.',
    fields: { userId: token('To whom.', limits.userIdLength), topic, body },
  },
  sent: {
    type: 41,
    from: 'server',
    kind: 'reply',
    doc: 'It has been sent.',
    fields: { number, sessions: integer('To how many sessions; 0: the user is not online.') },
  },
  push: {
    type: 69,
    from: 'server',
    kind: 'push',
    doc: 'Something for the user, from the back end or from another user.',
    fields: {
      number,
      toEverybody: flag(
        'True when it went to all users of the app: then it has no place in that order.',
      ),
      sender,
      topic,
      body,
    },
  },
} as const;
