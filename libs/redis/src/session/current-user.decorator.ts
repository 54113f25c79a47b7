import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { ParamDecorator } from './param-decorator.js';
import { sessionNotMounted } from './session.errors.js';

/**
 * The id of the user who is logged in; undefined in an anonymous session, so only on a public route.
 *
 * @throws RedisKitError `SESSION_NOT_MOUNTED` when the request has no session at all
 */
export const CurrentUser: ParamDecorator = createParamDecorator(
  (_: undefined, context: ExecutionContext): string | undefined => {
    const { session } = context.switchToHttp().getRequest<Request>();
    if (!session) throw sessionNotMounted();
    return session.userId;
  },
);
