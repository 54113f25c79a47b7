import { ConfigurationError } from '../common/errors.js';
import type { ResolvedSessionOptions, SessionOptions } from './session.options.js';

/** Headers that carry something else; a token in them would be a token in the wrong place. */
const TAKEN = new Set(['cookie', 'host', 'content-type', 'content-length', 'connection']);

export function resolveSessionTransport({
  transport = 'cookie',
  bearerHeader = 'authorization',
}: SessionOptions): Pick<ResolvedSessionOptions, 'transport' | 'bearerHeader'> {
  if (!['cookie', 'bearer', 'both'].includes(transport)) {
    throw new ConfigurationError(
      'session.transport',
      transport,
      "Give 'cookie', 'bearer' or 'both'. A session id in a URL ends up in logs and links, so there is no such way.",
    );
  }
  const header = typeof bearerHeader === 'string' ? bearerHeader.toLowerCase() : '';
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(header) || TAKEN.has(header)) {
    throw new ConfigurationError(
      'session.bearerHeader',
      bearerHeader,
      "Give the name of a request header, such as 'x-session-token'.",
    );
  }
  return { transport, bearerHeader: header };
}
