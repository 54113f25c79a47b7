import type { NextFunction, Request, Response } from 'express';
import { SessionUnavailableError, SessionValueError, announceRetry } from './session.errors.js';
import { signedId } from './session-cookie.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { fingerprint } from './session-record.js';
import type { RedisSessionStore } from './session.store.js';

/** Headers that describe an answer which is replaced by an error. */
const ANSWER_HEADERS = [
  'Cache-Control',
  'Content-Encoding',
  'Content-Length',
  'Content-Type',
  'ETag',
  'Last-Modified',
  'Location',
];

type EndArguments = Parameters<Response['end']>;

/** `open` until the answer ends; `saving` while it is held back; then `settled`. */
type CommitState = 'open' | 'saving' | 'settled';

/**
 * Saves a new or changed session before the headers of the answer go out. express-session itself
 * sends the headers, with a cookie, and then saves: a failed save is a 200 to the client, a redirect
 * may overtake it, and a value that JSON cannot hold leaves the request hanging.
 *
 * An answer that is streamed, or whose head is written by hand, has no such moment: there
 * express-session's own order holds, and `await`ing `req.session.save` is up to the handler.
 */
export class SessionCommit {
  readonly #sessionId: string;
  readonly #before: string;
  #state: CommitState = 'open';

  constructor(
    private readonly request: Request,
    private readonly response: Response,
    private readonly next: NextFunction,
    private readonly store: RedisSessionStore,
    private readonly options: ResolvedSessionOptions,
  ) {
    this.#sessionId = request.session.id;
    this.#before = fingerprint(request.session);
  }

  /** Wraps `end` and `writeHead` of the response. */
  install(): void {
    const { response } = this;
    const end = response.end.bind(response) as (...args: EndArguments) => Response;
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response;
    response.end = ((...args: EndArguments) => this.#end(() => end(...args))) as Response['end'];
    response.writeHead = ((...args: unknown[]) => {
      this.#beforeHeaders();
      return writeHead(...args);
    }) as Response['writeHead'];
  }

  #end(send: () => Response): Response {
    if (this.#state === 'saving') return this.response; // A second `end` of the same answer.
    if (this.#state === 'settled') return send();
    const change = this.#change();
    if (change instanceof SessionValueError) return this.#fail(change, send);
    if (change === 'none' || this.response.headersSent) return this.#settle(send);
    this.#state = 'saving';
    const release = this.#hold();
    this.request.session.save((error: unknown) => {
      release();
      if (error) this.#fail(error, send);
      else this.#settle(send);
    });
    return this.response;
  }

  /**
   * The answer is complete and only waits: to everybody else it counts as sent. Without this, an error
   * thrown after it would write another answer's status and length over this one's.
   */
  #hold(): () => void {
    const { response } = this;
    const { statusCode } = response;
    const headers = { ...response.getHeaders() };
    Object.defineProperty(response, 'headersSent', { configurable: true, get: () => true });
    return () => {
      Reflect.deleteProperty(response, 'headersSent');
      response.statusCode = statusCode;
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      for (const [name, value] of Object.entries(headers))
        if (value !== undefined) response.setHeader(name, value);
    };
  }

  #settle(send: () => Response): Response {
    this.#state = 'settled';
    return send();
  }

  /** Without its session the request gets no cookie, and express-session finds nothing to save. */
  #fail(error: unknown, send: () => Response): Response {
    this.#state = 'settled';
    this.#drop();
    const isTooLate = this.response.headersSent || this.response.statusCode >= 500;
    if (isTooLate) return send();
    ANSWER_HEADERS.forEach((name) => this.response.removeHeader(name));
    if (error instanceof SessionUnavailableError) announceRetry(this.response);
    this.next(error);
    return this.response;
  }

  #change(): 'none' | 'changed' | SessionValueError {
    const { session } = this.request;
    if (!session) return 'none';
    try {
      const isSame = session.id === this.#sessionId && fingerprint(session) === this.#before;
      return isSame ? 'none' : 'changed';
    } catch (error) {
      if (error instanceof SessionValueError) return error;
      throw error;
    }
  }

  /** Runs before express-session decides on its cookie, also for streamed answers. */
  #beforeHeaders(): void {
    const change = this.#change();
    if (change instanceof SessionValueError) this.#drop();
    else if (change === 'none') this.#renewCookie();
  }

  /** A cookie with `maxAge` moves on when the session does, not with every answer: that keeps answers cacheable. */
  #renewCookie(): void {
    const { session } = this.request;
    if (!session || !this.store.wasRenewed(session) || this.response.headersSent) return;
    if (session.cookie.originalMaxAge === null) return;
    session.touch();
    const { cookie } = session as unknown as {
      cookie: { serialize(n: string, v: string): string };
    };
    const value = signedId(session.id, this.options);
    this.response.appendHeader('Set-Cookie', cookie.serialize(this.options.cookieName, value));
  }

  #drop(): void {
    this.request.session = undefined as unknown as Request['session'];
  }
}
