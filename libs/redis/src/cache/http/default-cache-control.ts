import type { Response } from 'express';

/** Tells caches below what the route says, where the handler says nothing itself. */
export function defaultCacheControl(response: Response, value: string): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response;
  response.writeHead = ((...args: unknown[]) => {
    const isSaid = response.hasHeader('cache-control') || args.some(namesCacheControl);
    if (!isSaid && !response.headersSent) response.setHeader('Cache-Control', value);
    return writeHead(...args);
  }) as Response['writeHead'];
}

function namesCacheControl(argument: unknown): boolean {
  if (typeof argument !== 'object' || argument === null) return false;
  const names = Array.isArray(argument) ? argument.flat() : Object.keys(argument);
  return names.some((name) => String(name).toLowerCase() === 'cache-control');
}
