import {
  HttpException,
  HttpStatus,
  Inject,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { systemClock } from '../common/clock.js';
import type { SessionEndReason } from './end-mark.js';
import { MaxAuthAge, isRecentLogin } from './max-auth-age.js';
import { isPublic } from './public.decorator.js';
import { safeReturnTo } from './return-to.js';
import { announceRetry, sessionNotMounted, sessionsNotConfigured } from './session.errors.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { sessionEndOf, sessionFailure } from './session-request.js';
import { SESSION_OPTIONS } from './session.tokens.js';

/**
 * Lets a request pass that has a logged-in session. Otherwise 401; for a browser a redirect, where
 * `session.loginUrl` is set; 503 with Retry-After while sessions cannot be read. The protected
 * methods are the steps, to be overridden one by one.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    @Inject(Reflector) protected readonly reflector: Reflector,
    @Inject(SESSION_OPTIONS) protected readonly options: ResolvedSessionOptions | undefined,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.isPublic(context)) return true;
    if (!this.options) throw sessionsNotConfigured();
    const request = this.getRequest(context);
    const failure = sessionFailure(request);
    if (failure) {
      if (request.res) announceRetry(request.res);
      throw failure;
    }
    if (!request.sessionStore) throw sessionNotMounted();
    if (!this.isLoggedIn(request)) return this.refuse(request, context);
    return this.isRecent(request, context) || this.refuseOld(request, context);
  }

  /** Where the request is. Override it for GraphQL or other contexts. */
  protected getRequest(context: ExecutionContext): Request {
    return context.switchToHttp().getRequest<Request>();
  }

  protected isPublic(context: ExecutionContext): boolean {
    return isPublic(this.reflector, [context.getHandler(), context.getClass()]);
  }

  /** How old the login of the route may be in milliseconds: the smaller of the handler's and the controller's. */
  protected maxAuthAgeMs(context: ExecutionContext): number | undefined {
    const ages = this.reflector
      .getAll<(number | undefined)[]>(MaxAuthAge, [context.getHandler(), context.getClass()])
      .filter((age) => age !== undefined);
    return ages.length > 0 ? Math.min(...ages) : undefined;
  }

  protected isLoggedIn({ session }: Request): boolean {
    return typeof session?.userId === 'string' && session.userId !== '';
  }

  /** True unless the route is `@RequiresRecentLogin()` and the login is older than that. */
  protected isRecent({ session }: Request, context: ExecutionContext): boolean {
    const maxAuthAgeMs = this.maxAuthAgeMs(context);
    if (maxAuthAgeMs === undefined) return true;
    return isRecentLogin(session?.authTime, maxAuthAgeMs, systemClock.now());
  }

  /** Answers a login that is too old for the route; it never lets it pass (RFC 9470, section 3). */
  protected refuseOld(request: Request, context: ExecutionContext): never {
    const seconds = Math.floor((this.maxAuthAgeMs(context) ?? 0) / 1000);
    const response = request.res ?? context.switchToHttp().getResponse<Response>();
    const challenge = `Session error="insufficient_user_authentication", max_age="${seconds}"`;
    response.setHeader('WWW-Authenticate', challenge);
    return this.refuse(request, context);
  }

  /**
   * Answers a request without a login; it never lets it pass. Who brought the signed id of a session that is gone
   * learns why, by `reason` of the 401 or `ended` in the address of `loginUrl`; nobody else learns anything.
   */
  protected refuse(request: Request, context: ExecutionContext): never {
    const loginUrl = this.loginUrlFor(request);
    if (loginUrl === undefined) {
      throw new UnauthorizedException(refusalOf(sessionEndOf(request)));
    }
    const response = request.res ?? context.switchToHttp().getResponse<Response>();
    response.setHeader('Location', loginUrl);
    // 303 makes the browser GET the login page instead of posting its form there.
    const status = isRead(request) ? HttpStatus.FOUND : HttpStatus.SEE_OTHER;
    throw new HttpException({ statusCode: status, message: 'Log in first.' }, status);
  }

  /** Where to send the browser, with the page it wanted; undefined for clients that want no page. */
  protected loginUrlFor(request: Request): string | undefined {
    const loginUrl = this.options?.loginUrl;
    if (loginUrl === undefined || !this.wantsPage(request)) return undefined;
    const wanted = safeReturnTo(request.originalUrl);
    // A guarded login page would send the browser round in circles.
    if (pathOf(wanted) === pathOf(loginUrl)) return undefined;
    const ended = sessionEndOf(request);
    const known = { ...(isRead(request) && { returnTo: wanted }), ...(ended && { ended }) };
    const query = Object.entries(known).map((pair) => pair.map(encodeURIComponent).join('='));
    if (query.length === 0) return loginUrl;
    return `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}${query.join('&')}`;
  }

  /** True for a browser that navigates: it names HTML first. A client that takes anything gets JSON. */
  protected wantsPage(request: Request): boolean {
    return request.accepts(['json', 'html']) === 'html';
  }
}

const ENDED: Readonly<Record<SessionEndReason, string>> = {
  limit: 'A newer login of this user has ended your session.',
  revoked: 'Your session was revoked.',
  expired: 'Your session has expired.',
  ended: 'Your session has ended.',
};

function refusalOf(reason: SessionEndReason | undefined): object {
  const { UNAUTHORIZED: statusCode } = HttpStatus;
  const common = { statusCode, error: 'Unauthorized' };
  if (reason === undefined) return { message: 'Log in to use this address.', ...common };
  return { message: `${ENDED[reason]} Log in again.`, ...common, reason };
}

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function pathOf(url: string): string | undefined {
  return url.split(/[?#]/, 1)[0];
}
