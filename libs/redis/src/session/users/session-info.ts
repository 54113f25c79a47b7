import type { SessionAttributes } from '../session.types.js';

/** One session in a user's list. */
export interface SessionInfo {
  /** Names the session to `revoke` and in events. Safe to show: no id can be found from it. */
  readonly handle: string;
  /** When it began, in milliseconds since the Unix epoch: the login, unless the id was renewed since. */
  readonly createdAt: number;
  /**
   * When it was last used, in milliseconds since the Unix epoch; noted once per tenth of the idle timeout
   * (1 - `session.renewBelow`), so a use may be as much later.
   */
  readonly lastSeenAt: number;
  /** Where it began; undefined with `session.perUser.device: false`. Untrusted text. */
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  /** True for the session of the request that was given to `list`. */
  readonly isCurrent: boolean;
}

/** All that is stored about a user's sessions. */
export interface UserExport {
  readonly userId: string;
  readonly sessions: readonly (Omit<SessionInfo, 'isCurrent'> & {
    readonly attributes: SessionAttributes;
  })[];
}
