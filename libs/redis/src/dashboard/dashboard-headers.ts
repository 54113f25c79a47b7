import type { NextFunction, Request, Response } from 'express';

/**
 * Everything comes from the dashboard itself and nothing is inline; no page frames it; nothing of it is kept.
 * Set before the guards, so that their refusals carry them too.
 * Source: CSP Level 3; OWASP HTTP Headers Cheat Sheet.
 */
const HEADERS = new Map([
  [
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['X-Frame-Options', 'DENY'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Robots-Tag', 'noindex'],
  ['Cache-Control', 'no-store'],
]);

export function dashboardHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.setHeaders(HEADERS);
  next();
}
