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
}

/** Sends an answer from its bytes. Then nothing else can be sent. */
export function replayResponse(
  response: Response,
  { status, headers, body, length }: Replay,
): void {
  for (const [name, value] of headers) {
    if (name === 'vary') addVary(response, value);
    else response.setHeader(name, value);
  }
  if (length !== undefined) response.setHeader('content-length', length);
  response.statusCode = status;
  // The head is made now: layers below may hold the body back, and Nest sets its own status meanwhile.
  response.writeHead(status);
  response.end(body);
  seal(response);
}

/** Middleware below may vary by fields of its own. */
function addVary(response: Response, value: string | readonly string[]): void {
  if (response.hasHeader('vary')) response.vary([value].flat().join(', '));
  else response.setHeader('vary', value);
}

/**
 * Nest goes on to send what the interceptor's observable emits. The response has ended, so the ways
 * to send become empty on this one object; interceptors around this one still see the request complete.
 */
function seal(response: Response): void {
  const ended = (): Response => response;
  response.send = ended;
  response.json = ended;
  response.end = ended as Response['end'];
  response.redirect = ended;
  response.status = ended;
  response.render = (...args: unknown[]) => {
    const callback = args.at(-1);
    if (typeof callback === 'function') (callback as (error: null, html: string) => void)(null, '');
  };
}
