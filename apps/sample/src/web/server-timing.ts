import type { NextFunction, Request, Response } from 'express';

/**
 * Says in `Server-Timing` how an answer came about and how long it took; the page shows it in its
 * corner. It is set as the head goes out and not before: what is set earlier would be stored with the answer.
 */
export function serverTiming(_request: Request, response: Response, next: NextFunction): void {
  const startedAt = performance.now();
  const writeHead = response.writeHead.bind(response);
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    const ms = (performance.now() - startedAt).toFixed(1);
    const served = servedBy(response.getHeader('Cache-Status'));
    response.setHeader('Server-Timing', `cache;desc="${served}", total;dur=${ms}`);
    return writeHead(...args);
  }) as typeof writeHead;
  next();
}

/** Reads RFC 9211: `hit`, or else the reason for going on to the handler. */
function servedBy(cacheStatus: unknown): 'hit' | 'miss' | 'none' {
  if (typeof cacheStatus !== 'string' || cacheStatus.includes('fwd=bypass')) return 'none';
  return /;\s*hit\b/.test(cacheStatus) ? 'hit' : 'miss';
}
