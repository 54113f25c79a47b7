import type { OutgoingHttpHeaders } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { Session } from 'express-session';
import {
  SessionUnavailableError,
  SessionUndeliverableError,
  announceRetry,
} from './session.errors.js';
import type { Step } from './answer-hooks.js';
import { HeldAnswer, restoreHeaders } from './held-answer.js';
import { isLazy } from './lazy-session.js';
import {
  followedSession,
  isNoTouch,
  sessionRequestOf,
  type SessionDelivery,
} from './session-request.js';
import type { RedisSessionStore } from './session.store.js';
import type { Carrier, Credential, SessionTransport } from './session-transport.js';

/** What became of the id that the request brought: `unknown` while Redis gives no answer. */
export type Origin = 'none' | 'found' | 'dead' | 'ended' | 'unknown';

/** What all requests share. */
export interface CommitTools {
  readonly store: RedisSessionStore;
  readonly transport: SessionTransport;
}

/** What one request brought. */
export interface CommitRequest {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
  /** The one that counts. */
  credential: Credential | undefined;
  /** All that were brought. */
  readonly credentials: readonly Credential[];
}

/**
 * `open` until the head goes out or a save begins; `saving` while the answer is held back; `streaming`
 * when its head is out; `failed` when an error answer takes its place; `closed` in the end.
 */
type CommitState = 'open' | 'saving' | 'streaming' | 'failed' | 'closed';

/**
 * Ends the session's part in a request: a new or changed session is saved before the first byte of the
 * answer goes out, its cookie goes with that, and if the save fails an error goes out instead. So no
 * redirect overtakes its session, and no cookie names one that was not stored. An answer that streams
 * is held back as well; what it changes after its head is saved before its end, or else it is cut off.
 */
export class SessionCommit implements SessionDelivery {
  origin: Origin = 'none';
  #state: CommitState = 'open';
  #carrier: Carrier;
  #hasSaved = false;
  /** How the renewal went that the cookie waited for; undefined without one. */
  #renewal: 'done' | 'failed' | undefined;
  /** The lifetime that the cookie came with. */
  #maxAge: number | null = null;
  #headers: OutgoingHttpHeaders = {};
  readonly #answer: HeldAnswer;

  constructor(
    readonly tools: CommitTools,
    readonly one: CommitRequest,
  ) {
    this.#carrier = one.credential?.carrier ?? tools.transport.defaultCarrier;
    this.#answer = new HeldAnswer(
      one.response,
      (step) => this.#take(step),
      () => this.#announce(),
    );
  }

  get credential(): Credential | undefined {
    return this.one.credential;
  }

  /** From now on the answer passes through here. */
  install(): void {
    const { request, response } = this.one;
    this.#headers = response.getHeaders();
    this.#maxAge = isLazy(request) ? null : lifetimeOf(request.session);
    this.#answer.install();
  }

  use(carrier: Carrier): void {
    this.#carrier = carrier;
  }

  problem(): SessionUndeliverableError | undefined {
    if (this.#answer.isHeadOut) {
      return new SessionUndeliverableError(
        'the head of the answer is out, so no cookie can follow.',
      );
    }
    return this.tools.transport.problem(this.one.request, this.#carrier);
  }

  /** Decides on each step of the answer: write, writeHead, flushHeaders, end. */
  #take(step: Step): unknown {
    if (this.#state === 'saving') return this.#answer.hold(step);
    if (this.#state === 'closed') return this.#answer.pass(step);
    if (this.#state === 'failed') {
      if (step.isEnd) this.#state = 'closed';
      return this.#answer.pass(step);
    }
    if (this.#state === 'streaming')
      return step.isEnd ? this.#finish(step) : this.#answer.pass(step);
    if (this.one.response.headersSent) {
      this.#state = 'streaming';
      return this.#take(step);
    }
    return this.#begin(step);
  }

  /** The head is about to go out. */
  #begin(step: Step): unknown {
    const change = this.#change();
    if (change === 'none' && !this.#renewsCookie()) return this.#proceed(step);
    const result = this.#answer.hold(step);
    if (change === 'none') this.#renew();
    else if (change === 'changed') this.#save((error) => this.#saved(error));
    else this.#fail(change.error);
    return result;
  }

  #saved(error: unknown): void {
    if (error) return this.#fail(error);
    this.#hasSaved = true;
    this.#goOn();
  }

  #goOn(): void {
    this.#answer.release();
    this.#state = this.#answer.hasEnd ? 'closed' : 'streaming';
    this.#answer.replay();
  }

  /** True where a cookie with a lifetime goes out with the renewal of its session. */
  #renewsCookie(): boolean {
    const { request } = this.one;
    const session = isLazy(request) ? undefined : request.session;
    if (!session || this.#carrier === 'bearer' || lifetimeOf(session) === null) return false;
    return this.#isActivity(session);
  }

  /** Before its cookie: a login beside this request may have replaced both, and the cookie would undo that. */
  #renew(): void {
    this.#state = 'saving';
    const { session } = this.one.request;
    restartMaxAge(session);
    const settle = (isRenewed: boolean): void => {
      this.#renewal = isRenewed ? 'done' : 'failed';
      this.#goOn();
    };
    // If it fails, the next request tries again.
    this.tools.store.renew(session.id, session as never).then(settle, () => settle(false));
  }

  #proceed(step: Step): unknown {
    this.#state = step.isEnd ? 'closed' : 'streaming';
    return this.#answer.pass(step);
  }

  /** The answer ends, and its head was out before: only its end can wait for the session now. */
  #finish(step: Step): unknown {
    const change = this.#change();
    if (change === 'none') {
      this.#state = 'closed';
      return this.#answer.pass(step);
    }
    const result = this.#answer.hold(step);
    const settle = (error: unknown): void => {
      this.#state = 'closed';
      this.#answer.release();
      // All that HTTP has left to say: an answer that breaks off.
      if (error) this.one.response.destroy(error as Error);
      else this.#answer.replay();
    };
    if (change === 'changed') this.#save(settle);
    else settle(change.error);
    return result;
  }

  #save(settle: (error: unknown) => void): void {
    this.#state = 'saving';
    const { session } = this.one.request;
    restartMaxAge(session);
    this.tools.store.set(session.id, session, settle).catch(settle);
  }

  /** Without its session the request gets no cookie. An answer that was an error anyway stays as it is. */
  #fail(error: unknown): void {
    const { request, response, next } = this.one;
    this.#answer.release();
    drop(request);
    if (response.statusCode >= 500) return this.#goOn();
    this.#state = 'failed';
    this.#answer.discard();
    // Back to the head as it was before the handler, whose answer this is no more.
    restoreHeaders(response, this.#headers);
    if (error instanceof SessionUnavailableError) announceRetry(response);
    next(error);
  }

  #change(): 'none' | 'changed' | { readonly error: unknown } {
    const { request } = this.one;
    const session = isLazy(request) ? undefined : request.session;
    if (!session) return 'none';
    try {
      return this.#needsSave(session) ? 'changed' : 'none';
    } catch (error) {
      return { error };
    }
  }

  #needsSave(session: Request['session']): boolean {
    const { tracker } = this.tools.store;
    if (tracker.isChanged(session)) return true;
    // Options that changed since reach the browser with the next renewal, and must then be stored.
    return this.#isActivity(session) && this.tools.store.isReconfigured(session);
  }

  #isActivity(session: object): boolean {
    return this.tools.store.tracker.isDue(session) && !isNoTouch(this.one.request);
  }

  /** Just before the head: the session, if any, is stored now. */
  #announce(): void {
    const { request, response, credential } = this.one;
    const { transport, store } = this.tools;
    const session = isLazy(request) ? undefined : request.session;
    const isStored = session && store.tracker.isStored(session);
    if (!isStored) {
      const hasEnded = session || sessionRequestOf(request).hasEnded;
      const isCookieDead = this.origin === 'dead' || (this.origin === 'found' && hasEnded);
      // Of several cookies nobody knows which one the browser would drop.
      const isOnly = this.one.credentials.length === 1;
      if (isCookieDead && isOnly && credential?.carrier === 'cookie')
        transport.clear(request, response);
      return;
    }
    // The client has what is right for it already: the session that took the place of this one, or none.
    if (store.tracker.hasEnded(session)) return;
    // Nobody waits for it. If it is late or fails, the next request tries again.
    if (!this.#renewal && this.#isActivity(session))
      void store.touch(session.id, session, () => undefined);
    const isExtended = this.#renewal === 'done' || (this.#hasSaved && !isNoTouch(request));
    if (!this.#isNews(session, isExtended)) return;
    transport.send(response, session, this.#carrier);
    // RFC 9111, section 5.2.2.5.
    response.setHeader('Cache-Control', 'no-store');
  }

  /** True when the client should hear of its session: a new id, a new signature, or a cookie to change. */
  #isNews(session: Request['session'], isExtended: boolean): boolean {
    const { credential, request } = this.one;
    // The answer of the rotation brings the new id. Who only has the old one does not get it here.
    if (session.id === followedSession(request)?.to) return false;
    if (session.id !== credential?.id || credential.isOutdated) return true;
    if (this.#carrier === 'bearer') return false;
    const maxAge = lifetimeOf(session);
    if (maxAge !== this.#maxAge) return true;
    // The cookie moves on when the session does, not with every answer: that keeps answers cacheable.
    return isExtended && (maxAge !== null || this.tools.store.isReconfigured(session));
  }
}

/** As `touch` of express-session, whose setters lose a millisecond of the lifetime now and then. */
function restartMaxAge(session: Session): void {
  const own = lifetimeOf(session);
  if (own === null) return;
  session.cookie.maxAge = own;
  session.cookie.originalMaxAge = own;
}

/** In milliseconds; null for a cookie until the browser closes, which applications also write as false. */
function lifetimeOf({ cookie }: Session): number | null {
  return typeof cookie.originalMaxAge === 'number' ? cookie.originalMaxAge : null;
}

function drop(request: Request): void {
  request.session = undefined as unknown as Request['session'];
}
