import { RedisKitError } from '../../common/errors.js';

/** `origin`: sent by a page of another site. `missing`: without a token. `invalid`: the token is not this session's. */
export type CsrfReason = 'origin' | 'missing' | 'invalid';

/** A request that may be forged. Nest and Express answer 403. */
export class CsrfError extends RedisKitError {
  readonly status = 403;
  readonly statusCode = 403;
  readonly expose = true;

  constructor(
    readonly reason: CsrfReason,
    message: string,
  ) {
    super('CSRF_REFUSED', message);
  }
}
