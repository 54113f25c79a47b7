import type { OutgoingHttpHeaders } from 'node:http';
import type { Response } from 'express';

/** What a handler does to its answer. */
export interface Step {
  readonly method: 'end' | 'write' | 'writeHead' | 'flushHeaders';
  readonly args: readonly unknown[];
  readonly isEnd: boolean;
}

/** The head of an answer when it was first held. */
interface Head {
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders;
  readonly wasSent: boolean;
}

type Method = (...args: unknown[]) => unknown;

const METHODS = ['end', 'write', 'writeHead', 'flushHeaders'] as const;
const SELF = Symbol('answer');

interface HeldResponse extends Response {
  [SELF]?: HeldAnswer;
}

/**
 * An answer whose steps can be held back and sent later, in their order. While it is held it counts as
 * sent, or an error thrown meanwhile would write another status and length over it; and a stream that
 * is piped into it pauses.
 */
export class HeldAnswer {
  readonly #original = {} as Record<Step['method'], Method>;
  #held: Step[] = [];
  #head: Head | undefined;

  /**
   * @param take decides on every step
   * @param beforeHead adds to the very head: what interceptors keep of the answer is without it
   */
  constructor(
    private readonly response: HeldResponse,
    private readonly take: (step: Step) => unknown,
    private readonly beforeHead: () => void,
  ) {}

  /** True when the real head is out, whatever the answer counts as. */
  get isHeadOut(): boolean {
    return this.#head ? this.#head.wasSent : this.response.headersSent;
  }

  get hasEnd(): boolean {
    return this.#held.some(({ isEnd }) => isEnd);
  }

  install(): void {
    const { response } = this;
    response[SELF] = this;
    for (const method of METHODS) {
      this.#original[method] = response[method] as Method;
      (response as unknown as Record<string, Method>)[method] = WRAPPERS[method];
    }
  }

  /** Does the step now. Whatever sends the head comes by here as `writeHead`. */
  pass({ method, args }: Step): unknown {
    const { response } = this;
    if (method === 'writeHead' && !response.headersSent) {
      const rest = setHeadersOf(response, args);
      this.beforeHead();
      return this.#original.writeHead.apply(response, rest);
    }
    return this.#original[method].apply(this.response, args as unknown[]);
  }

  /** Keeps the step for later. @returns what the method returns */
  hold(step: Step): unknown {
    if (this.#held.length === 0) this.#freeze();
    // A second `end` of the same answer is none.
    if (!this.hasEnd) this.#held.push(step);
    return step.method === 'write' ? false : this.response;
  }

  /** The answer counts as not sent again, with the head that it had when it was first held. */
  release(): void {
    const { response } = this;
    Reflect.deleteProperty(response, 'headersSent');
    const head = this.#head;
    this.#head = undefined;
    if (!head || response.headersSent) return;
    response.statusCode = head.statusCode;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(head.headers)) {
      if (value !== undefined) response.setHeader(name, value);
    }
  }

  /** Sends what was held, and lets a paused stream go on. */
  replay(): void {
    const held = this.#held;
    const { hasEnd } = this;
    this.#held = [];
    for (const step of held) this.pass(step);
    const isPaused = held.some(({ method }) => method === 'write') && !hasEnd;
    if (isPaused && !this.response.writableNeedDrain) this.response.emit('drain');
  }

  /** Forgets what was held: another answer takes its place. */
  discard(): void {
    this.#held = [];
  }

  #freeze(): void {
    const { response } = this;
    const { statusCode, headersSent: wasSent } = response;
    this.#head = { statusCode, wasSent, headers: { ...response.getHeaders() } };
    Object.defineProperty(response, 'headersSent', { configurable: true, get: () => true });
  }

  /** A method of the response that asks first. One function for all responses: none is made per request. */
  static wrapper(method: Step['method']): Method {
    return function (this: HeldResponse, ...args: unknown[]): unknown {
      return this[SELF]!.take({ method, args, isEnd: method === 'end' });
    };
  }
}

/** Sets the headers that `writeHead` was given, which could replace ours. @returns its other arguments */
function setHeadersOf(response: Response, args: readonly unknown[]): unknown[] {
  const headers = args.at(-1);
  if (typeof headers !== 'object' || headers === null) return [...args];
  const entries = Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers);
  for (const [name, value] of entries) {
    if (value !== undefined) response.setHeader(String(name), value as string);
  }
  return args.slice(0, -1);
}

/** `writeHead` takes a flat list `[name, value, name, value]` or a list of pairs. */
function pairsOf(list: readonly unknown[]): (readonly [unknown, unknown])[] {
  if (Array.isArray(list[0])) return list as [unknown, unknown][];
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]] as const] : []));
}

const WRAPPERS = Object.fromEntries(
  METHODS.map((method) => [method, HeldAnswer.wrapper(method)]),
) as Record<Step['method'], Method>;
