import { SessionUnavailableError, type SessionUndeliverableError } from './session.errors.js';
import type { SessionEndReason } from './end-mark.js';
import type { Credential } from './session-transport.js';

const STATE = Symbol.for('nestjs-redis-kit:session-request');

/** Says by which way a new session of a request would go out, and why it could not. */
export interface SessionDelivery {
  /** Sends the session in the header of bearer clients, or in the cookie. */
  use(carrier: 'cookie' | 'bearer'): void;
  problem(): SessionUndeliverableError | undefined;
  /** The signed id that the request brought, if any, and by which way. */
  readonly credential: Credential | undefined;
}

/** A session that was found by the id it had a moment ago. */
export interface FollowedSession {
  readonly from: string;
  readonly to: string;
}

/**
 * What sessions keep of a request, in one object: Express gives every request a shape of its own, so
 * that each property more costs a copy of the shape, 1.3 KB of garbage.
 */
export class SessionRequest {
  sessionID: unknown = undefined;
  sessionStore: unknown = undefined;
  /** Makes the session of the request; undefined once that is done. */
  begin: ((request: never) => void) | undefined = undefined;
  delivery: SessionDelivery | undefined = undefined;
  /** What the answer of the request passes through. */
  answer: unknown = undefined;
  failure: SessionUnavailableError | undefined = undefined;
  isNoTouch = false;
  /** True once the session that the request brought was ended by it, and nothing has told the client yet. */
  hasEnded = false;
  /** Where the request brought the id from before a rotation, and found the session all the same. */
  followed: FollowedSession | undefined = undefined;
  /** Why the session is gone that the request brought, if it is. */
  ended: SessionEndReason | undefined = undefined;
}

interface MarkedRequest {
  [STATE]?: SessionRequest;
}

export function peekSessionRequest(request: object | undefined): SessionRequest | undefined {
  const marked: MarkedRequest | undefined = request;
  return marked?.[STATE];
}

/** Makes it where there is none yet. */
export function sessionRequestOf(request: object): SessionRequest {
  const marked = request as MarkedRequest;
  return (marked[STATE] ??= new SessionRequest());
}

export function deliveryOf(request: object): SessionDelivery | undefined {
  return peekSessionRequest(request)?.delivery;
}

/** Why a new session could not reach the client of this request; undefined when it can. */
export function deliveryProblem(request: object): SessionUndeliverableError | undefined {
  return deliveryOf(request)?.problem();
}

/** From now on this request is no activity: it renews neither the session nor its cookie. */
export function markNoTouch(request: object): void {
  sessionRequestOf(request).isNoTouch = true;
}

export function isNoTouch(request: object): boolean {
  return peekSessionRequest(request)?.isNoTouch === true;
}

/** Undefined for a request that brought the id which its session has. */
export function followedSession(request: object): FollowedSession | undefined {
  return peekSessionRequest(request)?.followed;
}

/** Why there is no session behind the signed id that the request brought; undefined for any other request. */
export function sessionEndOf(request: object): SessionEndReason | undefined {
  return peekSessionRequest(request)?.ended;
}

/** Why the sessions of this request are out of order, or undefined when they work. */
export function sessionFailure(request: object): SessionUnavailableError | undefined {
  return peekSessionRequest(request)?.failure;
}

/** From now on nothing of this request is stored, and guarded routes answer 503. */
export function markSessionFailure(request: object, error: SessionUnavailableError): void {
  sessionRequestOf(request).failure = error;
}

/** The error as it is; an outage counts for all of the request, if there is one. */
export function noted(request: object | undefined, error: unknown): unknown {
  if (request && error instanceof SessionUnavailableError) markSessionFailure(request, error);
  return error;
}
