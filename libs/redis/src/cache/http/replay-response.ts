import type { Request, Response } from 'express';
import type { StoredResponse } from './stored-response.js';

/** Fields that describe a body; a 304 has none. Source: RFC 9110 section 15.4.5. */
const BODY_FIELDS = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-range',
];

/** Sends a stored response from its bytes; 304 where the request's conditions allow it. Then nothing else can be sent. */
export function replayResponse(request: Request, response: Response, stored: StoredResponse): void {
  for (const [name, value] of stored.headers) response.setHeader(name, value);
  response.statusCode = stored.status;
  if (request.fresh) {
    for (const name of BODY_FIELDS) response.removeHeader(name);
    send(response, 304);
  } else {
    if (stored.status !== 204) response.setHeader('content-length', stored.body.length);
    send(response, stored.status, stored.body);
  }
  seal(response);
}

/** The head is made now: layers below may hold the body back, and Nest sets its own status meanwhile. */
function send(response: Response, status: number, body?: Buffer): void {
  response.writeHead(status);
  response.end(body);
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
