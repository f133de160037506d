import { RestApi } from '../admin/rest/rest-api.ts';
import type { RestCounters } from '../admin/rest/rest-counters.ts';
import { V1Api } from '../admin/v1/v1-api.ts';
import type { V1Counters } from '../admin/v1/v1-counters.ts';
import type { Config } from '../config/config.ts';
import type { SessionRoom } from '../session/session-room.ts';
import { addressGroup, canonicalAddress } from '../transport/address.ts';

/** The REST API over the parts of the sessions' room. */
export function makeRest(config: Config, room: SessionRoom, counters: RestCounters): RestApi {
  const { registry, keys, clock, logger, settings } = room;
  return new RestApi({
    admins: {
      byApp: new Map(config.apps.map(({ id, admins }) => [id, admins])),
      keys,
      clock,
      clockToleranceS: settings.clockToleranceS,
    },
    registry,
    callsPerS: config.rest.callsPerS,
    counters,
    onCall: (call) => logger.debug(call, 'REST call'),
    onError: (err) => logger.error({ err }, 'a REST command failed'),
  });
}

/** The operator's API over the same parts. */
export function makeV1(config: Config, room: SessionRoom, counters: V1Counters): V1Api {
  const { registry, clock, logger } = room;
  return new V1Api({
    keys: config.admin.keys,
    apps: new Set(config.apps.map(({ id }) => id)),
    registry,
    nowS: () => Math.floor(clock.wallMs() / 1000),
    clock,
    groupOf: (address) => addressGroup(canonicalAddress(address)),
    callsPerS: config.rest.callsPerS,
    counters,
    onCall: (note) => logger[note.key === undefined ? 'warn' : 'info'](note, 'admin call'),
    onError: (err) => logger.error({ err }, 'a route of /v1 failed'),
  });
}
