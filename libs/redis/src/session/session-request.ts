import type { SessionUndeliverableError } from './session.errors.js';

const DELIVERY = Symbol.for('nestjs-redis-kit:session-delivery');
const NO_TOUCH = Symbol.for('nestjs-redis-kit:session-no-touch');

/** Says by which way a new session of a request would go out, and why it could not. */
export interface SessionDelivery {
  /** Sends the session in the header of bearer clients, or in the cookie. */
  use(carrier: 'cookie' | 'bearer'): void;
  problem(): SessionUndeliverableError | undefined;
}

interface MarkedRequest {
  [DELIVERY]?: SessionDelivery;
  [NO_TOUCH]?: boolean;
}

export function setDelivery(request: object, delivery: SessionDelivery): void {
  (request as MarkedRequest)[DELIVERY] = delivery;
}

export function deliveryOf(request: object): SessionDelivery | undefined {
  return (request as MarkedRequest)[DELIVERY];
}

/** Why a new session could not reach the client of this request; undefined when it can. */
export function deliveryProblem(request: object): SessionUndeliverableError | undefined {
  return deliveryOf(request)?.problem();
}

/** From now on this request is no activity: it renews neither the session nor its cookie. */
export function markNoTouch(request: object): void {
  (request as MarkedRequest)[NO_TOUCH] = true;
}

export function isNoTouch(request: object): boolean {
  return (request as MarkedRequest)[NO_TOUCH] === true;
}
