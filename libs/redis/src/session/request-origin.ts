import { isSecureRequest, type SecuredRequest } from './session-cookie.js';

/** What of a request tells which site's page sent it. Express' `host` knows the trusted proxy in front. */
export type OriginRequest = SecuredRequest & { readonly host?: string };

export interface OriginRules {
  /** Origins beside the request's own, as browsers write them. */
  readonly trustedOrigins: readonly string[];
  readonly trustProxy: boolean | undefined;
}

/**
 * False when a browser says that a page of a foreign origin sent the request. Scripts can set neither of the two
 * headers, and what is no browser sends none, so absence proves nothing (Fetch standard, forbidden
 * request-headers; W3C Fetch Metadata; OWASP CSRF prevention cheat sheet).
 */
export function isFromOwnPage(request: OriginRequest, rules: OriginRules): boolean {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined && rules.trustedOrigins.includes(origin)) return true;
  // `none`: typed into the address bar, or a bookmark. `same-site` may be a neighbor's subdomain.
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || isOwnOrigin(origin, request, rules);
}

/** True for the origin under which this request reached the server. */
export function isOwnOrigin(
  origin: string,
  request: OriginRequest,
  { trustProxy }: Pick<OriginRules, 'trustProxy'>,
): boolean {
  const url = parsed(origin);
  if (!url || !/^https?:$/.test(url.protocol)) return false;
  // Behind a proxy that nobody told us of, HTTPS looks like HTTP; the other way round never happens.
  if (isSecureRequest(request, trustProxy) && url.protocol !== 'https:') return false;
  return hostsOf(request, trustProxy).some(
    (host) => parsed(`${url.protocol}//${host}`)?.host === url.host,
  );
}

/** No page can choose any of these for another site's browser. */
function hostsOf({ headers, host }: OriginRequest, trustProxy: boolean | undefined): string[] {
  const forwarded = trustProxy === true ? headers['x-forwarded-host'] : undefined;
  const first = String(forwarded ?? '')
    .split(',')[0]
    ?.trim();
  return [headers.host, host, first].filter((one) => one !== undefined && one !== '') as string[];
}

function parsed(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
