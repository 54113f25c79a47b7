import { withDeadline } from '../connection/deadline.js';
import { timeOperation } from '../connection/operation-timer.js';
import { SessionUnavailableError, isSessionFault } from './session.errors.js';
import { sessionUnavailable } from './session.events.js';
import type { SessionBreaker } from './session-breaker.js';

const OPEN = 'Redis has not answered for a while, and is asked by PING until it does.';

/** Told of a step whose caller has given up. */
export interface Afterwards<T> {
  /** The result came after the deadline. */
  readonly late: (result: T) => void;
  /** None will come; Redis may have done it all the same. */
  readonly lost: (error: unknown) => void;
}

/** The time that one session operation has, however many steps it takes. */
export class Deadline {
  readonly #endsAt: number;

  constructor(
    private readonly operation: string,
    private readonly ms: number,
    private readonly breaker?: SessionBreaker,
  ) {
    this.#endsAt = performance.now() + ms;
  }

  /**
   * Runs one step. A step that is late is not cancelled, so it must be safe to finish after all.
   *
   * @param afterwards told what becomes of a step that was sent and has failed by its deadline
   * @throws what is the session's fault as the work does; SessionUnavailableError for all else, with the cause
   */
  step<T>(work: () => Promise<T>, afterwards?: Afterwards<T>): Promise<T> {
    if (this.breaker?.isOpen) return Promise.reject(this.#failed(new Error(OPEN)));
    const ended = timeOperation('session', this.operation);
    const left = Math.ceil(this.#endsAt - performance.now());
    const done =
      left > 0 ? bounded(begin(work), left, afterwards) : Promise.reject<T>(this.#passed());
    if (ended)
      done.then(
        () => ended(),
        (error) => ended(isSessionFault(error) ? undefined : error),
      );
    return done.then(this.#succeeded, this.#refuse);
  }

  readonly #succeeded = <T>(result: T): T => {
    this.breaker?.succeeded();
    return result;
  };

  readonly #refuse = (error: unknown): never => {
    if (isSessionFault(error)) throw error;
    this.breaker?.failed(error);
    throw this.#failed(error);
  };

  #passed(): Error {
    return new Error(`No answer within ${this.ms} ms.`);
  }

  #failed(cause: unknown): SessionUnavailableError {
    const reason = `it could not ${this.operation} a session within ${this.ms} ms, or Redis refused.`;
    const error = new SessionUnavailableError(reason, { cause });
    sessionUnavailable.publish(() => ({ operation: this.operation, error }));
    return error;
  }
}

/** What it throws at once is its failure as well. */
function begin<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject<T>(error);
  }
}

function bounded<T>(work: Promise<T>, ms: number, afterwards?: Afterwards<T>): Promise<T> {
  const done = withDeadline(work, ms);
  if (afterwards) done.catch(() => work.then(afterwards.late, afterwards.lost));
  return done;
}
