import { isatty } from 'node:tty';
import { pino, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { censored, safeLine, visibleControls } from './safe-text.ts';

export type { Logger };

/** Something that takes finished log text. */
export interface LogSink {
  write(text: string): void;
}

/** How a node writes its log. */
export interface LogSettings {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `auto`: pretty on a terminal, else one JSON object a line. */
  readonly format: 'auto' | 'json' | 'pretty';
  /** Stands in every line. */
  readonly nodeId: string;
  /** Keys of the apps: replaced wherever they would appear, whatever the field. Shorter than 8 are not looked for. */
  readonly secrets: readonly string[];
  /** Where it goes; standard error if left out. */
  readonly sink?: LogSink;
}

const standardError = 2;
const shortestSecret = 8;

/** Fields whose value is never written, at the top of a line and one or two levels in. */
const secretFields = ['userSig', 'secret', 'password', 'authorization'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/**
 * The log of a node: pino, JSON lines or pretty. Which level:
 * - `error`: a bug, or a promise the gateway cannot keep; somebody should look.
 * - `warn`: something is wrong, the gateway copes (the registry is away, a slow client was dropped, a wrong setting).
 * - `info`: the life of the node, a few lines an hour (started, ready, registry back, draining, stopped).
 * - `debug`: one line for each login, logout, kick and expiry, with user, session and code.
 * - `trace`: one line for each frame, with its name; never its fields.
 *
 * At `info` the login path writes nothing. Tickets and keys appear at no level: by field name, by their own
 * look and, for the keys of the apps, by value.
 */
export function createLogger(settings: LogSettings): Logger {
  const secrets = settings.secrets.filter((secret) => secret.length >= shortestSecret);
  const sink = isPretty(settings) ? prettySink(settings.sink) : (settings.sink ?? plainSink());
  return pino(
    {
      level: settings.level,
      base: { nodeId: settings.nodeId },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretFields, censor: censored },
    },
    { write: (line: string) => sink.write(safeLine(line, secrets)) },
  );
}

function isPretty(settings: LogSettings): boolean {
  if (settings.format !== 'auto') return settings.format === 'pretty';
  return settings.sink === undefined && isatty(standardError);
}

/** Written without waiting for the reader; what is left goes out when the process ends. */
function plainSink(): LogSink {
  return pino.destination({ dest: standardError, sync: false });
}

function prettySink(sink: LogSink | undefined): LogSink {
  const hasColour = sink === undefined && isatty(standardError) && !process.env['NO_COLOR'];
  const format = prettyFactory({
    colorize: hasColour,
    translateTime: 'HH:MM:ss.l',
    ignore: 'nodeId',
    levelFirst: false,
  });
  const target = sink ?? pino.destination({ dest: standardError, sync: true });
  return {
    write: (line) => target.write(format(visibleControls(JSON.parse(line)))),
  };
}
