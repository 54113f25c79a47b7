import { ServerResponse } from 'node:http';
import type { Response } from 'express';
import { peekSessionRequest } from './session-request.js';

/** What a handler does to its answer. */
export interface Step {
  readonly method: 'end' | 'write' | 'writeHead' | 'flushHeaders';
  readonly args: readonly unknown[];
  readonly isEnd: boolean;
}

/** Who is asked about the steps of one answer. */
export interface AnswerWatcher {
  /** Where the methods that ask it stand. */
  readonly hooks: AnswerHooks | undefined;
  /** While true, the answer counts as sent. */
  readonly isHeld: boolean;
  take(step: Step): unknown;
}

type Method = (this: Response, ...args: unknown[]) => unknown;

const METHODS = ['end', 'write', 'writeHead', 'flushHeaders'] as const;

/** The response prototypes of Express applications that have the hooks. */
const shared = new WeakMap<object, AnswerHooks>();

/**
 * Methods of a response that ask its watcher first. They stand once on the prototype that Express has for
 * such things (`app.response`): as properties of each response they would cost more than all the rest of
 * a session. Where somebody has wrapped the methods of this one response before, such as a middleware
 * that compresses, ours go over theirs: what is held back must not have gone through them yet.
 */
export class AnswerHooks {
  readonly #original = {} as Record<Step['method'], Method>;

  private constructor(target: object) {
    for (const method of METHODS) {
      this.#original[method] = Reflect.get(target, method) as Method;
      define(target, method, { value: this.#asking(method), writable: true, enumerable: true });
    }
    const wasSent = readerOf(target, 'headersSent');
    const isAsking = (response: Response): boolean => this.#watcherOf(response)?.isHeld === true;
    define(target, 'headersSent', {
      get(this: Response): unknown {
        return isAsking(this) || wasSent(this);
      },
    });
  }

  static for(response: Response): AnswerHooks {
    const prototype = Object.getPrototypeOf(response) as object;
    const isOwn = METHODS.some((method) => Object.hasOwn(response, method));
    if (isOwn || prototype === ServerResponse.prototype) return new AnswerHooks(response);
    const known = shared.get(prototype) ?? new AnswerHooks(prototype);
    shared.set(prototype, known);
    return known;
  }

  /** Does the step as if nobody watched. */
  run(response: Response, method: Step['method'], args: readonly unknown[]): unknown {
    return this.#original[method].apply(response, args as unknown[]);
  }

  #asking(method: Step['method']): Method {
    const watcherOf = (response: Response): AnswerWatcher | undefined => this.#watcherOf(response);
    const original = this.#original[method];
    const isEnd = method === 'end';
    return function (...args) {
      const watcher = watcherOf(this);
      return watcher ? watcher.take({ method, args, isEnd }) : original.apply(this, args);
    };
  }

  /** Undefined also where other hooks stand before these, as on an application within another one. */
  #watcherOf(response: Response): AnswerWatcher | undefined {
    const watcher = peekSessionRequest(response.req)?.answer as AnswerWatcher | undefined;
    return watcher?.hooks === this ? watcher : undefined;
  }
}

function define(target: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, name, { configurable: true, ...descriptor });
}

/** Reads what the target inherits, or has, under the name now. */
function readerOf(target: object, name: string): (response: Response) => unknown {
  for (let at = target; at !== null; at = Object.getPrototypeOf(at) as object) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor?.get) return (response) => descriptor.get!.call(response);
  }
  return () => false;
}
