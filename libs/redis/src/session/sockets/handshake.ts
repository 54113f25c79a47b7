import type { IncomingMessage } from 'node:http';
import { RedisKitError } from '../../common/errors.js';
import { isFromOwnPage, isOwnOrigin } from '../request-origin.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import { SessionTransport, type Credential } from '../session-transport.js';

/**
 * A handshake from a page of another site: browsers let any page open a socket, with the cookies of its address
 * (cross-site WebSocket hijacking; RFC 6455, section 10.2).
 */
export class HandshakeRefusedError extends RedisKitError {
  readonly status = 403;
  readonly statusCode = 403;
  readonly expose = true;

  constructor(origin: string | undefined) {
    super(
      'HANDSHAKE_REFUSED',
      `A socket was asked for by a page of ${origin ?? 'another site'}. If that page is yours, add its origin to ` +
        '`session.trustedOrigins`.',
    );
  }
}

/**
 * The signed session id that a handshake carries, by cookie or header.
 *
 * @throws HandshakeRefusedError; a bearer token is no browser's doing, and is asked for no origin
 */
export function handshakeCredential(
  request: IncomingMessage,
  options: ResolvedSessionOptions,
): Credential | undefined {
  const credential = new SessionTransport(options).read(request);
  if (credential?.carrier === 'bearer') return credential;
  const { origin } = request.headers;
  const isOwn = origin !== undefined && isOwnOrigin(origin, request, options);
  if (!isOwn && !isFromOwnPage(request, options)) throw new HandshakeRefusedError(origin);
  return credential;
}
