import type { NextFunction, Request, Response } from 'express';

const HEADERS = new Map([
  // Scripts, styles and pictures come from the shop itself; no page puts it into a frame.
  [
    'Content-Security-Policy',
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  ],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'same-origin'],
]);

export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.setHeaders(HEADERS);
  next();
}
