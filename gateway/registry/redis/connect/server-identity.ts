/** Which server answers on a connection, as INFO tells it. */
export interface ServerIdentity {
  /** `run_id`: of one process, from its start to its end. */
  readonly runId: string;
  /**
   * `master_replid`: of the history of its data. A primary gives itself another one when it was a replica in between, also for a moment, and so may
   * have taken over other data; besides when its first replica comes, and an hour after the last one left.
   */
  readonly history: string;
}

/** One that does not say who it is, or is no primary. It is never the same as before. */
export const unknownServer: ServerIdentity = { runId: '', history: '' };

/** What INFO tells, sections `server` and `replication`. */
export function serverIn(info: unknown): ServerIdentity {
  if (typeof info !== 'string' || !/^role:master\r?$/m.test(info)) return unknownServer;
  const runId = idIn(info, 'run_id');
  const history = idIn(info, 'master_replid');
  return runId === '' || history === '' ? unknownServer : { runId, history };
}

/**
 * Whether this is the server that answered before, and has the data that it had: what was written to it then is still
 * there, unless somebody has deleted it.
 */
export function isSameServer(server: ServerIdentity, before: ServerIdentity): boolean {
  return server.runId !== '' && server.runId === before.runId && server.history === before.history;
}

/** Forty digits, not all of them 0: some services answer INFO with something else in their place. */
function idIn(info: string, field: string): string {
  const [, id = ''] = new RegExp(`^${field}:([0-9a-f]{40})\\r?$`, 'm').exec(info) ?? [];
  return /[^0]/.test(id) ? id : '';
}
