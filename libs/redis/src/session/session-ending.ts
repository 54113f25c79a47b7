import { meansUnavailable } from '../connection/redis-gate.js';
import { Deadline, type Afterwards } from './deadline.js';
import type { SessionBreaker } from './session-breaker.js';
import type { EndReply, SessionCommands } from './session-commands.js';
import type { SessionEnd } from './session-ends.js';
import type { SessionFormat } from './session-format.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { UnansweredEnds, type UnansweredEnd } from './unanswered-ends.js';
import { userOf, type SessionRegistry } from './users/session-registry.js';

/** As of a second run of the script, which knows the mark of the first. */
const WITHOUT_REPLY: EndReply = { kind: 'ended', stored: Buffer.alloc(0) };

export interface SessionEndingParts {
  readonly commands: Pick<SessionCommands, 'end' | 'markFor' | 'markAt'>;
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
  readonly #unanswered: UnansweredEnds;

  constructor(private readonly parts: SessionEndingParts) {
    const { commands, breaker } = parts;
    this.#unanswered = new UnansweredEnds({
      markOf: (name) => this.#deadline().step(() => commands.markAt(name)),
      happened: (end) => this.#settleLate({ ...end, reply: WITHOUT_REPLY }),
      isDown: () => breaker?.isOpen ?? false,
    });
  }

  /** Asks no more after ends whose reply was lost. */
  stop(): void {
    this.#unanswered.stop();
  }

  /** @returns false when there was no session, or another end came first */
  async end(name: string, end: SessionEnd, known?: KnownOwner): Promise<boolean> {
    const { commands, registry, options } = this.parts;
    const deadline = this.#deadline();
    const isMigrating = options.hashIds === 'migrate';
    const isAwaited = isMigrating || end.kind === 'revoked' || end.kind === 'replaced';
    const mark = commands.markFor(end);
    const when = { isAwaited, mark };
    const [reply] = await Promise.all([
      deadline.step(
        () => commands.end(name, when),
        this.afterwards({ name, end, known, mark: mark.text }),
      ),
      known && registry.leaveIndex(name, { ...known, deadline }),
    ]);
    return this.#settle({ name, end, known, reply }, deadline);
  }

  /**
   * For an end that fails by its deadline: whoever asked is told so. Where it took place all the same, nobody else would
   * ever report that.
   */
  afterwards(sent: UnansweredEnd): Afterwards<EndReply> {
    return {
      late: (reply) => this.#settleLate({ ...sent, reply }),
      lost: (error) => {
        if (meansUnavailable(error)) this.#unanswered.add(sent);
      },
    };
  }

  #settleLate(ended: RepliedEnd): void {
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
