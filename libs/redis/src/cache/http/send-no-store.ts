import type { Response } from 'express';

/** `@NoCache` holds for caches below, too, where the handler says nothing else. */
export function sendNoStore(response: Response): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response;
  response.writeHead = ((...args: unknown[]) => {
    const isSaid = response.hasHeader('cache-control') || args.some(namesCacheControl);
    if (!isSaid && !response.headersSent) response.setHeader('Cache-Control', 'no-store');
    return writeHead(...args);
  }) as Response['writeHead'];
}

function namesCacheControl(argument: unknown): boolean {
  if (typeof argument !== 'object' || argument === null) return false;
  const names = Array.isArray(argument) ? argument.flat() : Object.keys(argument);
  return names.some((name) => String(name).toLowerCase() === 'cache-control');
}
