import { IncomingMessage } from 'node:http';
import type { Request } from 'express';

/** Makes the session of a request; called once, when something first looks for it. */
type Begin = (request: Request) => void;

const BEGIN = Symbol('begin session');

type LazyRequest = Request & { [BEGIN]?: Begin | undefined };

/** The request prototypes of Express applications that have the accessors. */
const prepared = new WeakSet<object>();

/**
 * Gives the request a `session` and a `sessionID` that are made when first read: most anonymous requests
 * never look, and then need neither a random id nor a watched answer. The accessors stand once on the
 * prototype that Express has for such things (`app.request`): on each request they would cost more
 * than what they save.
 */
export function makeLazy(request: Request, begin: Begin): void {
  (request as LazyRequest)[BEGIN] = begin;
  const prototype = Object.getPrototypeOf(request) as object;
  // Without Express there is no such prototype, only the one of all requests of this process.
  const target = prototype === IncomingMessage.prototype ? request : prototype;
  if (prepared.has(target)) return;
  prepared.add(target);
  Object.defineProperties(target, ACCESSORS);
}

/** True while nobody has looked for the session of the request. */
export function isLazy(request: Request): boolean {
  return (request as LazyRequest)[BEGIN] !== undefined;
}

/** Reading begins the session, writing ends the wait; both leave ordinary properties behind. */
function accessorOf(name: 'session' | 'sessionID'): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: LazyRequest): unknown {
      const begin = this[BEGIN];
      if (!begin) return undefined;
      this[BEGIN] = undefined;
      begin(this);
      return this[name];
    },
    set(this: LazyRequest, value: unknown): void {
      if (name === 'session') this[BEGIN] = undefined;
      Object.defineProperty(this, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
  };
}

const ACCESSORS: PropertyDescriptorMap = {
  session: accessorOf('session'),
  sessionID: accessorOf('sessionID'),
};
