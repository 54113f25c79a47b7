import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { Request, Response } from 'express';
import { CsrfError } from 'nestjs-redis-kit';

const HEADINGS = new Map([
  [400, 'That did not work'],
  [403, 'Not from here'],
  [404, 'Nothing here'],
  [503, 'Back in a moment'],
]);

/** Errors as a page for browsers, as JSON for everything else. */
@Catch()
export class ErrorPageFilter extends BaseExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const status = statusOf(exception);
    // Below 400 it is the redirect of SessionGuard; what nobody expected is logged by Nest.
    if (status < 400 || status === 500 || response.headersSent || !wantsPage(request)) {
      // oxlint-disable-next-line promise/valid-params -- not a promise
      super.catch(exception, host);
      return;
    }
    const heading = HEADINGS.get(status) ?? 'Something went wrong';
    const message = exception instanceof Error ? exception.message : '';
    response.status(status).render('error', { title: heading, heading, message });
  }
}

function statusOf(exception: unknown): number {
  if (exception instanceof CsrfError) return exception.status;
  return exception instanceof HttpException ? exception.getStatus() : 500;
}

function wantsPage(request: Request): boolean {
  return !request.path.startsWith('/api/') && request.accepts(['json', 'html']) === 'html';
}
