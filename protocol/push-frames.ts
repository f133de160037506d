import { flag } from './fields.ts';
import { body, number, sender, topic } from './push-fields.ts';

/** The frames of pushes; `frames` has them all. */
export const pushFrames = {
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
