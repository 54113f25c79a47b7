import { Deadline } from './deadline.js';
import type { SessionBreaker } from './session-breaker.js';
import type { EndReply, SessionCommands } from './session-commands.js';
import type { SessionEnd } from './session-ends.js';
import type { SessionFormat } from './session-format.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { userOf, type SessionRegistry } from './users/session-registry.js';

export interface SessionEndingParts {
  readonly commands: Pick<SessionCommands, 'end'>;
  readonly format: Pick<SessionFormat, 'decode'>;
  readonly registry: SessionRegistry;
  readonly options: ResolvedSessionOptions;
  readonly breaker: SessionBreaker | undefined;
}

/** Whose session it is, where the caller knows. */
export interface KnownOwner {
  readonly userId: string | undefined;
}

interface RepliedEnd {
  readonly name: string;
  readonly end: SessionEnd;
  readonly known?: KnownOwner | undefined;
  readonly reply: EndReply;
}

/** Ends stored sessions, and whatever stands beside them. */
export class SessionEnding {
  constructor(private readonly parts: SessionEndingParts) {}

  /** @returns false when there was no session, or another end came first */
  async end(name: string, end: SessionEnd, known?: KnownOwner): Promise<boolean> {
    const { commands, registry, options } = this.parts;
    const deadline = this.#deadline();
    const isMigrating = options.hashIds === 'migrate';
    const isAwaited = isMigrating || end.kind === 'revoked' || end.kind === 'replaced';
    const when = { isAwaited, end };
    const [reply] = await Promise.all([
      deadline.step(
        () => commands.end(name, when),
        (late) => this.settleLate({ name, end, known, reply: late }),
      ),
      known && registry.leaveIndex(name, { ...known, deadline }),
    ]);
    return this.#settle({ name, end, known, reply }, deadline);
  }

  /** Whoever asked was told that it failed. It was ended all the same, and nobody else would ever report that. */
  settleLate(ended: RepliedEnd): void {
    void this.#settle(ended, this.#deadline());
  }

  /** Does what follows the end of a session, once. */
  async #settle({ name, end, known, reply }: RepliedEnd, deadline: Deadline): Promise<boolean> {
    // What was gone already stays on the schedule: it may have expired, and that is still to be reported.
    if (reply.kind !== 'ended') return false;
    const { format, registry } = this.parts;
    const parsed = format.decode(name, reply.stored);
    const userId =
      parsed.kind === 'session' ? userOf(parsed.record) : (known?.userId ?? registry.userOf(name));
    registry.ended(name, { userId, end });
    await Promise.all([
      !known && registry.leaveIndex(name, { userId, deadline }),
      registry.leaveSchedule(name, { end, deadline }),
    ]);
    return true;
  }

  #deadline(): Deadline {
    const { options, breaker } = this.parts;
    return new Deadline('end', options.deadlineMs, breaker);
  }
}
