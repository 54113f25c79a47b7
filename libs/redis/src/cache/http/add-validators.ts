import type { Response } from 'express';
import type { Validators } from '../decorators/cache-policy.decorator.js';

/** Those of `@Validator`, where the handler has set none itself. */
export function addValidators(response: Response, validators: Validators | undefined): void {
  const { etag, lastModified } = validators ?? {};
  if (etag !== undefined && !response.hasHeader('ETag')) response.setHeader('ETag', etag);
  if (lastModified && !response.hasHeader('Last-Modified'))
    response.setHeader('Last-Modified', lastModified.toUTCString());
}
