import type { AdmissionRules } from './admission.ts';
import type { Connection, ConnectionRoom } from './connection.ts';
import { TransportCounters } from './counters.ts';
import { FrameRate } from './frame-rate.ts';
import { allowedOrigins, type AllowedOrigins } from './origins.ts';
import { PendingSockets } from './pending.ts';
import type { TransportOptions, TransportParts } from './port.ts';
import { Roster } from './roster.ts';

/** What both back ends keep alike: admission rules, counts and the list of open connections. */
export class TransportRoom implements ConnectionRoom, AdmissionRules {
  readonly counters = new TransportCounters();
  readonly roster = new Roster<Connection>();
  readonly pending: PendingSockets;
  readonly origins: AllowedOrigins;
  readonly openSession: TransportParts['openSession'];
  readonly log: TransportParts['log'];
  readonly findPage: TransportParts['findPage'];
  readonly maxBufferedBytes: number;
  readonly frameRate: FrameRate;
  readonly takesLogins: boolean;
  /** Set for good when the listener closes. */
  isDraining = false;

  /** Throws a TypeError when an origin of the options is none. */
  constructor(options: TransportOptions, parts: TransportParts) {
    this.pending = new PendingSockets(options.maxPending, options.maxPendingPerAddress);
    this.origins = allowedOrigins(options.origins);
    this.maxBufferedBytes = options.maxBufferedBytes;
    this.frameRate = new FrameRate(options.framesPerS, options.frameBurst);
    this.takesLogins = options.handshakeLogin === 'allow';
    this.openSession = parts.openSession;
    this.log = parts.log;
    this.findPage = parts.findPage;
  }

  /** Ends every connection with 4000. A session may end others while it is told, hence no walk along the links. */
  closeAll(): void {
    for (let first = this.roster.first; first !== undefined; first = this.roster.first) {
      first.close('goingAway');
    }
  }
}
