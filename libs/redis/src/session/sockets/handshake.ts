import type { IncomingMessage } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import { RedisKitError } from '../../common/errors.js';
import { isFromOwnPage, isOwnOrigin, type OriginRequest } from '../request-origin.js';
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

export interface HandshakeRules {
  readonly options: ResolvedSessionOptions;
  /** Whose Express says which proxies are trusted. */
  readonly host: HttpAdapterHost | undefined;
}

/**
 * The signed session ids that a handshake carries, by cookie or header: as HTTP requests, see `SessionTransport.readAll`.
 *
 * @throws HandshakeRefusedError; a bearer token is no browser's doing, and is asked for no origin
 */
export function handshakeCredentials(
  request: IncomingMessage,
  { options, host }: HandshakeRules,
): readonly Credential[] {
  const credentials = new SessionTransport(options).readAll(request);
  if (credentials[0]?.carrier === 'bearer') return credentials;
  const { origin } = request.headers;
  const seen = asExpressSees(request, host?.httpAdapter?.getInstance());
  const isOwn = origin !== undefined && isOwnOrigin(origin, seen, options);
  if (!isOwn && !isFromOwnPage(seen, options)) throw new HandshakeRefusedError(origin);
  return credentials;
}

/** An application of Express. Known by shape: without HTTP there is none. */
interface ExpressApp {
  /** What all its requests inherit: `secure` and `host` by its `trust proxy`, of `headers` and `socket`. */
  readonly request: object;
}

/** Upgrades pass Express by, so their requests are Node's own and know of no proxy in front. */
function asExpressSees(request: IncomingMessage, app: unknown): OriginRequest {
  if ('secure' in request || !isExpress(app)) return request;
  const { headers, socket } = request;
  return Object.create(app.request, { headers: { value: headers }, socket: { value: socket } });
}

function isExpress(app: unknown): app is ExpressApp {
  const { request } = (app ?? {}) as Partial<ExpressApp>;
  return typeof request === 'object' && 'secure' in Object.getPrototypeOf(request);
}
