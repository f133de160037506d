/**
 * What a node has done to keep the registry true, as plain numbers since its start. All stay 0 on a back end that
 * cannot lose anything. The names of metrics are made from them.
 */
export class RegistryCounters {
  /** Full audits that were finished. */
  audits = 0;
  /** Sessions compared with the registry, by full audits and by the slow one. */
  auditedSessions = 0;
  /** Sessions an audit found missing and registered again. */
  reregistered = 0;
  /** Sessions an audit found kicked. */
  auditKicks = 0;
  /** Records of this node without a session of it that an audit removed. */
  auditRemovals = 0;
  /** Sessions an audit found replaced. */
  auditReplacements = 0;
  /** Sessions whose comparison failed by itself, with Redis otherwise well. */
  auditFailures = 0;
  /** Watches this node has renewed, each with a look at how the user is. */
  renewedWatches = 0;
  /** Times this node found its lease lapsed or gone. */
  leaseLapses = 0;
  /** Calls for the lease that failed. */
  failedBeats = 0;
  /** Probes that were sent and never heard. */
  missedProbes = 0;
  /** Dead nodes this node has swept to the end. */
  sweptNodes = 0;
  /** Times a sweep waited because this node's loop was late. */
  sweepPauses = 0;
  /** Sessions of dead nodes this node has removed. */
  sweptSessions = 0;
}
