import type { Duration } from '../../common/duration.js';

/** Sockets that were admitted by a session; see `SessionSockets`. */
export interface SessionSocketsOptions {
  /**
   * How often each node looks whether the sessions of its sockets still live, in batches; up to a day. Default `'30s'`:
   * so late closes a socket whose session's end was told to nobody, such as while the bus was down.
   */
  readonly checkInterval?: Duration;
  /**
   * True counts messages that pass WsSessionGuard, and the handshake, as activity: they push the idle timeout out, as a
   * request does. Default false: a page that is open all night is no user.
   */
  readonly touch?: boolean;
}

export interface ResolvedSessionSockets {
  readonly checkIntervalMs: number;
  readonly touch: boolean;
}
