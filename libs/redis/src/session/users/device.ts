import type { Request } from 'express';

/** Longer ones are cut: the header is the client's to fill. */
const LONGEST_USER_AGENT = 256;

/** Where a session is used, as the request that began it tells. Untrusted text: escape it on a page. */
export interface Device {
  /** `req.ip`, so behind a proxy it needs Express' `trust proxy`. */
  readonly ip?: string;
  /** The `User-Agent` header, at most 256 characters. */
  readonly userAgent?: string;
}

export function deviceOf(request: Request | undefined): Device {
  if (!request) return {};
  const ip = request.ip;
  const userAgent = request.headers?.['user-agent']?.slice(0, LONGEST_USER_AGENT);
  return { ...(ip !== undefined && { ip }), ...(userAgent !== undefined && { userAgent }) };
}
