import type { OutgoingHttpHeaders } from 'node:http';
import type { Response } from 'express';
import { AnswerHooks, type AnswerWatcher, type Step } from './answer-hooks.js';
import { sessionRequestOf } from './session-request.js';

/** The head of an answer when it was first held. */
interface Head {
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders;
  readonly wasSent: boolean;
}

/**
 * An answer whose steps can be held back and sent later, in their order. While it is held it counts as
 * sent, or an error thrown meanwhile would write another status and length over it; and a stream that
 * is piped into it pauses.
 */
export class HeldAnswer implements AnswerWatcher {
  #hooks: AnswerHooks | undefined;
  #held: Step[] = [];
  #head: Head | undefined;

  /**
   * @param take decides on every step
   * @param beforeHead adds to the very head: what interceptors keep of the answer is without it
   */
  constructor(
    private readonly response: Response,
    readonly take: (step: Step) => unknown,
    private readonly beforeHead: () => void,
  ) {}

  get hooks(): AnswerHooks | undefined {
    return this.#hooks;
  }

  get isHeld(): boolean {
    return this.#head !== undefined;
  }

  /** True when the real head is out, whatever the answer counts as. */
  get isHeadOut(): boolean {
    return this.#head ? this.#head.wasSent : this.response.headersSent;
  }

  get hasEnd(): boolean {
    return this.#held.some(({ isEnd }) => isEnd);
  }

  install(): void {
    const { response } = this;
    this.#hooks = AnswerHooks.for(response);
    sessionRequestOf(response.req).answer = this;
  }

  /** Does the step now. Whatever sends the head comes by here as `writeHead`. */
  pass({ method, args }: Step): unknown {
    const { response } = this;
    const hooks = this.#hooks!;
    if (method !== 'writeHead' || response.headersSent) return hooks.run(response, method, args);
    const rest = setHeadersOf(response, args);
    this.beforeHead();
    return hooks.run(response, method, rest);
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
    const head = this.#head;
    this.#head = undefined;
    const { response } = this;
    if (!head || response.headersSent) return;
    response.statusCode = head.statusCode;
    restoreHeaders(response, head.headers);
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
    const { statusCode, headersSent: wasSent } = this.response;
    this.#head = { statusCode, wasSent, headers: this.response.getHeaders() };
  }
}

/** Back to an earlier head. Mostly it is the same still, and then setting it anew would be the dearest part. */
export function restoreHeaders(response: Response, headers: OutgoingHttpHeaders): void {
  const present = response.getHeaders();
  for (const name of Object.keys(present)) {
    if (headers[name] === undefined) response.removeHeader(name);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && value !== present[name]) response.setHeader(name, value);
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
