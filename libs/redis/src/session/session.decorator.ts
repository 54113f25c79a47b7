import {
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import type { Request } from 'express';
import type { SessionData } from 'express-session';
import { sessionNotMounted } from './session.errors.js';

/**
 * The session of the request (`req.session`), or one key of it: `@Session('cart') cart`.
 *
 * @throws RedisKitError `SESSION_NOT_MOUNTED` where Nest's own `@Session()` would give undefined
 */
// The type is spelled out because that which Nest 12 infers names what Nest 11 does not have.
export const Session: (
  ...keyOrPipes: (keyof SessionData | PipeTransform | Type<PipeTransform> | undefined)[]
) => ParameterDecorator = createParamDecorator(
  (key: keyof SessionData | undefined, context: ExecutionContext): unknown => {
    const { session } = context.switchToHttp().getRequest<Request>();
    if (!session) throw sessionNotMounted();
    return key === undefined ? session : session[key];
  },
);
