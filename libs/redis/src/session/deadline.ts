import { withDeadline } from '../connection/deadline.js';
import { SessionUnavailableError, isSessionFault } from './session.errors.js';
import { sessionUnavailable } from './session.events.js';

/** The time that one session operation has, however many steps it takes. */
export class Deadline {
  readonly #endsAt: number;

  constructor(
    private readonly operation: string,
    private readonly ms: number,
  ) {
    this.#endsAt = performance.now() + ms;
  }

  /**
   * Runs one step. A step that is late is not cancelled, so it must be safe to finish after all.
   *
   * @throws what is the session's fault as the work does; SessionUnavailableError for all else, with the cause
   */
  step<T>(work: () => Promise<T>): Promise<T> {
    const left = Math.ceil(this.#endsAt - performance.now());
    const done = left > 0 ? withDeadline(begin(work), left) : Promise.reject<T>(this.#passed());
    return done.catch((error: unknown) => {
      throw isSessionFault(error) ? error : this.#failed(error);
    });
  }

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
