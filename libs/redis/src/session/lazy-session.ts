import { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { peekSessionRequest, sessionRequestOf } from './session-request.js';

/** Makes the session of a request; called once, when something first looks for it. */
type Begin = (request: Request) => void;

/** The request prototypes of Express applications that have the accessors. */
const prepared = new WeakSet<object>();

/**
 * Gives requests a `session` and a `sessionID` that can be made when first read. The accessors stand once
 * on the prototype that Express has for such things (`app.request`): properties of each request would
 * cost more than all the rest (see SessionRequest).
 */
export function prepareRequest(request: Request): void {
  const prototype = Object.getPrototypeOf(request) as object;
  // Without Express there is no such prototype, only the one of all requests of this process.
  const target = prototype === IncomingMessage.prototype ? request : prototype;
  if (prepared.has(target)) return;
  prepared.add(target);
  Object.defineProperties(target, ACCESSORS);
}

/** Most anonymous requests never look for their session, and then need neither an id nor a watched answer. */
export function makeLazy(request: Request, begin: Begin): void {
  sessionRequestOf(request).begin = begin;
}

/** True while nobody has looked for the session of the request. */
export function isLazy(request: Request): boolean {
  return peekSessionRequest(request)?.begin !== undefined;
}

function beginOnce(request: Request): void {
  const state = peekSessionRequest(request);
  const begin = state?.begin as Begin | undefined;
  if (!state || !begin) return;
  state.begin = undefined;
  begin(request);
}

const ACCESSORS: PropertyDescriptorMap & ThisType<Request> = {
  session: {
    configurable: true,
    enumerable: true,
    get(): unknown {
      if (!isLazy(this)) return undefined;
      beginOnce(this);
      return this.session;
    },
    /** Leaves an ordinary property behind: applications may delete it. */
    set(value: unknown): void {
      sessionRequestOf(this).begin = undefined;
      Object.defineProperty(this, 'session', {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
  },
  sessionID: {
    configurable: true,
    enumerable: true,
    get(): unknown {
      beginOnce(this);
      return peekSessionRequest(this)?.sessionID;
    },
    set(value: unknown): void {
      sessionRequestOf(this).sessionID = value;
    },
  },
  sessionStore: {
    configurable: true,
    enumerable: true,
    get(): unknown {
      return peekSessionRequest(this)?.sessionStore;
    },
    set(value: unknown): void {
      sessionRequestOf(this).sessionStore = value;
    },
  },
};
