/** A load generator process: does what the bench asks and answers each request once. */
import { loginMessage } from './frames.ts';
import { Load } from './load.ts';
import type { GeneratorAnswer, GeneratorRequest, UserSet } from './messages.ts';

const progressEveryMs = 200;

const messages: Record<UserSet, readonly Buffer[]> = { warmUp: [], measured: [] };
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
    case 'prepare':
      messages[request.set] = request.userIds.map((userId) => loginMessage(request.app, userId));
      return answer({ answer: 'prepared' });
    case 'run':
      load = new Load(messages[request.set], request.plan);
      return void run(load);
    case 'drop':
      return answer({ answer: 'dropped', lost: load?.drop() ?? 0 });
  }
});
process.on('disconnect', () => process.exit());
