import type { ServerResponse } from 'node:http';
import { isError } from '../../common/errors.js';
import { countAsSent, headersOf, resetHead, takeHead } from './wire.js';

/**
 * Runs work between the handler and the wire: the answer waits until it is done, so that whoever has the
 * answer sees its effect. Works for every way to send one, also `@Res()`.
 *
 * @param work given the status once it is known; undefined to let the answer out at once. It must have a bound;
 * whatever becomes of it, the answer goes out.
 */
export function holdResponse(
  response: ServerResponse,
  work: (status: number) => Promise<unknown> | undefined,
): void {
  new ResponseHold(response, work).attach();
}

class ResponseHold {
  readonly #waiting: (() => void)[] = [];
  #state: 'open' | 'holding' | 'released' = 'open';

  constructor(
    private readonly response: ServerResponse,
    private readonly work: (status: number) => Promise<unknown> | undefined,
  ) {}

  attach(): void {
    const { response } = this;
    const below = {
      writeHead: response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse,
      write: response.write.bind(response) as (...args: unknown[]) => boolean,
      end: response.end.bind(response) as (...args: unknown[]) => ServerResponse,
    };
    response.writeHead = (...args: unknown[]) => {
      if (this.#state === 'open') takeHead(response, args);
      const given = this.#state === 'released' ? args : [];
      return this.#pass(
        () => below.writeHead(...(given.length > 0 ? given : [response.statusCode])),
        response,
      );
    };
    // Told to wait: a stream goes on at `drain`.
    response.write = ((...args: unknown[]) =>
      isRefused(args[0])
        ? below.write(...args)
        : this.#pass(() => below.write(...args), false)) as typeof response.write;
    response.end = ((...args: unknown[]) =>
      isRefused(args[0])
        ? below.end(...args)
        : this.#pass(() => below.end(...args), response)) as typeof response.end;
  }

  #pass<R>(send: () => R, held: R): R {
    if (this.#state === 'open') this.#begin();
    if (this.#state === 'released') return send();
    this.#waiting.push(send);
    return held;
  }

  #begin(): void {
    const { response } = this;
    const work = this.work(response.statusCode);
    if (!work) {
      this.#state = 'released';
      return;
    }
    this.#state = 'holding';
    const { statusCode, statusMessage } = response;
    const headers = headersOf(response);
    const uncount = countAsSent(response);
    const release = (): void => {
      try {
        uncount();
        resetHead(response, headers);
        response.statusCode = statusCode;
        response.statusMessage = statusMessage;
        this.#release();
      } catch (error) {
        // Nobody is there any more to hear of it: the client sees a broken connection.
        response.destroy(isError(error) ? error : undefined);
      }
    };
    work.then(release, release);
  }

  #release(): void {
    this.#state = 'released';
    for (const send of this.#waiting) send();
    if (!this.response.writableEnded && !this.response.writableNeedDrain)
      this.response.emit('drain');
  }
}

/** Node throws at once for other chunks; held back, it would do so where nobody can hear it. */
function isRefused(chunk: unknown): boolean {
  if (chunk === undefined || chunk === null || typeof chunk === 'function') return false;
  return typeof chunk !== 'string' && !(chunk instanceof Uint8Array);
}
