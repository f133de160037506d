import { parseArgs } from 'node:util';
import { Deployment } from '../support/deployment.ts';
import { accounts, refusals } from './accounts.ts';
import { kicks } from './kicks.ts';
import { drainTimes, leaving } from './leaving.ts';
import { inJson, inWords } from './narrator.ts';
import { PresenceChapters } from './presence.ts';
import type { Scene } from './scene.ts';
import { StepFailed, Story } from './story.ts';
import { ticketLife, ticketTimes } from './ticket-life.ts';

const usage = `Usage: npm run demo [-- --json] [-- --transport auto|uws|ws]

Starts a redis-server and two gateway nodes, and walks the story of logins, kicks, tickets and presence with
real clients.
  --json       one JSON object a line instead of text
  --transport  the socket back end of the nodes
Exit code: 0 when every step was as it must be, 1 when one was not, 2 for a wrong option.
`;

const presence = new PresenceChapters();
const chapters = [
  kicks,
  accounts,
  refusals,
  (scene: Scene) => presence.telling(scene),
  ticketLife,
  (scene: Scene) => presence.afterHarm(scene),
  leaving,
];

function nodeFlagsFor(transport: string): readonly string[] {
  const seconds = {
    '--ticket-warn-s': ticketTimes.warnS,
    '--ticket-grace-s': ticketTimes.graceS,
    '--drain-readiness-delay-s': drainTimes.readinessDelayS,
    '--drain-window-s': drainTimes.windowS,
    '--drain-reconnect-spread-s': drainTimes.reconnectSpreadS,
  };
  const flags = Object.entries(seconds).flatMap(([flag, value]) => [flag, String(value)]);
  return ['--transport', transport, '--policy', 'triple', ...flags];
}

async function startDeployment(story: Story, transport: string): Promise<Deployment> {
  return story.step('redis-server and the nodes A and B start', async (see) => {
    const deployment = await Deployment.start({ flags: nodeFlagsFor(transport) });
    for (const node of [deployment.a, deployment.b]) {
      const { url, adminUrl, transport: chosen, registry } = node.ready;
      const used = transport === 'auto' ? String(chosen) : transport;
      const expected = { name: 'ready', registry: 'redis', transport: used };
      see({ name: 'ready', url, adminUrl, transport: chosen, registry }, expected);
    }
    return deployment;
  });
}

async function tellChapters(scene: Scene): Promise<void> {
  for (const chapter of chapters) {
    try {
      await chapter(scene);
    } catch (error) {
      // The next chapter stands on its own.
      if (!(error instanceof StepFailed)) scene.story.interrupted(error);
    }
  }
}

async function run(transport: string, isJson: boolean): Promise<number> {
  const write = (text: string): void => void process.stdout.write(text);
  const story = new Story(isJson ? inJson(write) : inWords(write));
  let deployment: Deployment | undefined;
  try {
    deployment = await startDeployment(story, transport);
    await tellChapters({ story, deployment, nodeFlags: nodeFlagsFor(transport) });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  } finally {
    await deployment?.stop();
  }
  return story.end() ? 0 : 1;
}

const transports = ['auto', 'uws', 'ws'];

/** The options, or what is wrong with them. */
function readOptions(): { readonly json: boolean; readonly transport: string } | string {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        transport: { type: 'string', default: 'auto' },
      },
    });
    const isKnown = transports.includes(values.transport);
    return isKnown ? values : `--transport is one of ${transports.join(', ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// The listeners for the exit of this process end what it started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}
process.stdout.on('error', () => process.exit(1));

const options = readOptions();
if (typeof options === 'string') process.stderr.write(`demo: ${options}\n\n${usage}`);
process.exit(typeof options === 'string' ? 2 : await run(options.transport, options.json));
