import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { ParamDecorator } from '../param-decorator.js';
import { csrfOf } from './csrf.service.js';

/**
 * A CSRF token for the page that the handler makes: see `CsrfService.token`.
 *
 * ```ts
 * @Get('login') @Render('login') form(@CsrfToken() csrfToken: string) { return { csrfToken } }
 * ```
 *
 * @throws RedisKitError `SESSION_NOT_MOUNTED` when the request has no sessions
 */
export const CsrfToken: ParamDecorator = createParamDecorator(
  (_: undefined, context: ExecutionContext): string => {
    const request = context.switchToHttp().getRequest<Request>();
    return csrfOf(request).token(request);
  },
);
