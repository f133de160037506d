import type { Config } from '../config/config.ts';
import { GatewayCounters } from '../observe/counters.ts';
import type { Logger } from '../observe/logger.ts';
import { loginPolicyOf } from '../policy/written-policy.ts';
import { CallbackVisibility } from '../presence/callback-visibility.ts';
import { PresenceCounters } from '../presence/counters.ts';
import { Presence } from '../presence/presence.ts';
import { simpleVisibilities, type Visibility } from '../presence/visibility.ts';
import { PushCounters } from '../push/counters.ts';
import { SendGate } from '../push/send-gate.ts';
import type { Registry } from '../registry/port.ts';
import { systemClock } from '../session/clock.ts';
import { DeadlineWheel } from '../session/deadline-wheel.ts';
import { KickWars } from '../session/kick-wars.ts';
import { LocalSessions } from '../session/local-sessions.ts';
import type { SessionRoom } from '../session/session-room.ts';
import { AppKeys } from '../ticket/app-keys.ts';
import { StartError } from './start-error.ts';

/** What the sessions of a node share. */
export function makeSessionRoom(
  config: Config,
  registry: Registry,
  logger: Logger,
  incarnation: string,
): SessionRoom {
  const { ticket, sockets } = config;
  const pushes = new PushCounters();
  return {
    registry,
    logger,
    apps: new Map(
      config.apps.map((app) => [
        app.id,
        {
          policy: loginPolicyOf(app),
          refuseKickedReturn: app.kickedReturn === 'refuse',
          userMessages: app.userMessages,
        },
      ]),
    ),
    keys: new AppKeys(config.apps.map((app) => ({ sdkAppId: app.id, keys: app.keys }))),
    sessions: new LocalSessions(incarnation),
    wars: new KickWars(),
    wheel: new DeadlineWheel(systemClock.monotonicMs()),
    clock: systemClock,
    counters: new GatewayCounters(),
    presence: makePresence(config.presence, registry, logger),
    pushes,
    sendGate: makeSendGate(config.pushes, pushes, logger),
    settings: {
      loginDeadlineMs: sockets.loginDeadlineS * 1000,
      maxFailedLogins: sockets.maxFailedLogins,
      ticketWarnMs: ticket.warnS * 1000,
      ticketGraceMs: ticket.graceS * 1000,
      clockToleranceS: ticket.clockToleranceS,
      holdMs: config.presence.holdS * 1000,
      keepsPushes: config.pushes.recoverS > 0,
      maxSends: config.pushes.maxSends,
    },
  };
}

function makePresence(settings: Config['presence'], registry: Registry, logger: Logger): Presence {
  const counters = new PresenceCounters();
  const visibility = makeVisibility(settings, counters, logger);
  return new Presence({ registry, visibility, settings, counters });
}

function makeVisibility(
  settings: Config['presence'],
  counters: PresenceCounters,
  logger: Logger,
): Visibility {
  const { visibility, callbackUrl: url, callbackSecret: secret } = settings;
  if (visibility !== 'callback') return simpleVisibilities[visibility];
  // The configuration does not load without the two.
  if (url === undefined || secret === undefined) throw new StartError('presence needs a callback');
  return new CallbackVisibility(
    {
      url,
      secret,
      timeoutMs: settings.callbackTimeoutMs,
      cacheMs: settings.callbackCacheS * 1000,
      cacheEntries: settings.callbackCacheEntries,
      concurrency: settings.callbackConcurrency,
    },
    counters,
    (err) => logger.debug({ err }, 'the back end did not say who may be seen'),
  );
}

function makeSendGate(
  settings: Config['pushes'],
  counters: PushCounters,
  logger: Logger,
): SendGate | undefined {
  const { callbackUrl: url, callbackSecret: secret } = settings;
  if (url === undefined || secret === undefined) return undefined;
  const { callbackTimeoutMs: timeoutMs, callbackConcurrency: concurrency } = settings;
  return new SendGate({ url, secret, timeoutMs, concurrency }, counters, (err) =>
    logger.debug({ err }, 'the back end did not say whether a message may be sent'),
  );
}
