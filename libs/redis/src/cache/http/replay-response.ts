import type { ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { HeaderList } from './stored-response.js';

/** What is sent from the cache. */
export interface Replay {
  readonly status: number;
  readonly headers: HeaderList;
  /** Absent for an answer to HEAD and for a 304. */
  readonly body: Buffer | undefined;
  /** Length of the body that a GET would get; undefined where the status has none. */
  readonly length: number | undefined;
  /** True for a handler whose value Nest sends as it is, without a view or a redirect. */
  readonly isPlain?: boolean;
}

/** Sends an answer from its bytes. Then nothing else can be sent. */
export function replayResponse(response: Response, replay: Replay): Replay {
  const { status, headers, body, length, isPlain = false } = replay;
  for (const [name, value] of headers) {
    if (name === 'vary') addVary(response, value);
    else response.setHeader(name, value);
  }
  if (length !== undefined) response.setHeader('content-length', length);
  response.statusCode = status;
  // The head is made now: layers below may hold the body back, and Nest sets its own status meanwhile.
  response.writeHead(status);
  endWith(response, body);
  seal(response, isPlain);
  return replay;
}

const SHORT_BYTES = 16_384;

/** A short text leaves together with its head, by one write instead of a list of buffers. */
export function endWith(response: ServerResponse, body: Buffer | undefined): void {
  if (body && body.length <= SHORT_BYTES) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

/** Middleware below may vary by fields of its own. */
function addVary(response: Response, value: string | readonly string[]): void {
  if (response.hasHeader('vary')) response.vary([value].flat().join(', '));
  else response.setHeader('vary', value);
}

/**
 * Nest goes on to send what the interceptor's observable emits. The response has ended, so the ways to
 * send become empty on this one object; interceptors around this one still see the request complete.
 * Each property costs two microseconds. For a plain route Nest calls `send`, or `json` where an interceptor
 * around this one emits an object; that sets a type where there is none, and then sends.
 */
function seal(response: Response, isPlain: boolean): void {
  response.send = ended;
  if (isPlain && response.hasHeader('content-type')) return;
  response.json = ended;
  if (isPlain) return;
  response.end = ended as Response['end'];
  response.redirect = ended;
  response.status = ended;
  response.render = rendered;
}

function ended(this: Response): Response {
  return this;
}

function rendered(...args: unknown[]): void {
  const callback = args.at(-1);
  if (typeof callback === 'function') (callback as (error: null, html: string) => void)(null, '');
}
