import { ForbiddenException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** No form can send it, and a script of another origin only after a preflight. */
export const ACTION_HEADER = 'x-redis-dashboard';

/** What a request says of the page that sent it. */
export interface RequestSource {
  /** `Sec-Fetch-Site`. */
  readonly site: string | undefined;
  readonly origin: string | undefined;
  /** Host of the request as the client knows it. */
  readonly host: string | undefined;
  /** The header of the dashboard. */
  readonly action: string | undefined;
}

/**
 * True for an action that a page of the dashboard sent. `Sec-Fetch-Site` decides where the browser sends it: no page
 * can set it. Over plain HTTP it is missing, and `Origin` has to name this host. No token is needed, so it works
 * without sessions and with many processes.
 * Source: Fetch Metadata Request Headers, section 2.1; OWASP CSRF Prevention Cheat Sheet.
 */
export function isOwnAction({ site, origin, host, action }: RequestSource): boolean {
  if (action === undefined) return false;
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && host !== undefined && hostOf(origin) === host.toLowerCase();
}

/** Refuses actions that other sites began. */
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const source: RequestSource = {
      site: request.get('sec-fetch-site'),
      origin: request.get('origin'),
      host: request.host,
      action: request.get(ACTION_HEADER),
    };
    if (isOwnAction(source)) return true;
    throw new ForbiddenException(
      'This action did not come from the dashboard. Behind a proxy, let it pass Host, Origin and Sec-Fetch-Site on.',
    );
  }
}

/** Undefined for `null`, which sandboxed pages send. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
