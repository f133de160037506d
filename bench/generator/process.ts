/** A load generator process: does what the bench asks and answers each request once. */
import { dialogues, type DialogueName } from './dialogue.ts';
import { Load } from './load.ts';
import type { GeneratorAnswer, GeneratorRequest, UserSet } from './messages.ts';

const progressEveryMs = 200;

const messages = new Map<`${DialogueName} ${UserSet}`, readonly Buffer[]>();
let load: Load | undefined;

function answer(what: GeneratorAnswer): void {
  process.send?.(what);
}

async function run(running: Load): Promise<void> {
  const progress = setInterval(
    () => answer({ answer: 'progress', finished: running.finished }),
    progressEveryMs,
  );
  const result = await running.run();
  clearInterval(progress);
  answer({ answer: 'done', result });
}

process.on('message', (request: GeneratorRequest) => {
  switch (request.ask) {
    case 'prepare': {
      const { set, dialogue, app, userIds } = request;
      const { messageOf } = dialogues[dialogue];
      messages.set(
        `${dialogue} ${set}`,
        userIds.map((userId) => messageOf(app, userId)),
      );
      return answer({ answer: 'prepared' });
    }
    case 'run': {
      const { set, dialogue, plan } = request;
      load = new Load(messages.get(`${dialogue} ${set}`) ?? [], plan, dialogues[dialogue]);
      return void run(load);
    }
    case 'drop':
      return answer({ answer: 'dropped', lost: load?.drop() ?? 0 });
  }
});
process.on('disconnect', () => process.exit());
