import type { Request } from 'express';

/** Makes the session of a request; called once, when something first looks for it. */
type Begin = (request: Request) => void;

const BEGIN = Symbol('begin session');

type LazyRequest = Request & { [BEGIN]?: Begin | undefined };

/**
 * Gives the request a `session` and a `sessionID` that are made when first read: most anonymous requests
 * never look, and then need neither a random id nor a watched answer.
 */
export function makeLazy(request: Request, begin: Begin): void {
  (request as LazyRequest)[BEGIN] = begin;
  Object.defineProperties(request, ACCESSORS);
}

/** True while nobody has looked for the session of the request. */
export function isLazy(request: Request): boolean {
  return (request as LazyRequest)[BEGIN] !== undefined;
}

function beginNow(request: LazyRequest): void {
  const begin = request[BEGIN];
  settle(request);
  begin?.(request);
}

/** From here on they are ordinary properties. */
function settle(request: LazyRequest): void {
  request[BEGIN] = undefined;
  for (const name of ['session', 'sessionID']) {
    const value = undefined;
    Object.defineProperty(request, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

function accessorOf(name: 'session' | 'sessionID'): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: LazyRequest) {
      beginNow(this);
      return this[name];
    },
    set(this: LazyRequest, value: never) {
      settle(this);
      this[name] = value;
    },
  };
}

const ACCESSORS: PropertyDescriptorMap = {
  session: accessorOf('session'),
  sessionID: accessorOf('sessionID'),
};
