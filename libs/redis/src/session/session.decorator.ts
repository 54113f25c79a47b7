import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import type { ParamDecorator } from './param-decorator.js';
import { sessionNotMounted } from './session.errors.js';

/**
 * The session of the request (`req.session`), or one key of it: `@Session('cart') cart`.
 *
 * @throws RedisKitError `SESSION_NOT_MOUNTED` where Nest's own `@Session()` would give undefined
 */
export const Session: ParamDecorator<keyof SessionData | undefined> = createParamDecorator(
  (key: keyof SessionData | undefined, context: ExecutionContext): unknown => {
    const { session } = context.switchToHttp().getRequest<Request>();
    if (!session) throw sessionNotMounted();
    return key === undefined ? session : session[key];
  },
);
