import {
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import type { Request } from 'express';
import { sessionNotMounted } from './session.errors.js';

/**
 * The id of the user who is logged in; undefined in an anonymous session, so only on a public route.
 *
 * @throws RedisKitError `SESSION_NOT_MOUNTED` when the request has no session at all
 */
// The type is spelled out because that which Nest 12 infers names what Nest 11 does not have.
export const CurrentUser: (
  ...pipes: (PipeTransform | Type<PipeTransform>)[]
) => ParameterDecorator = createParamDecorator(
  (_: undefined, context: ExecutionContext): string | undefined => {
    const { session } = context.switchToHttp().getRequest<Request>();
    if (!session) throw sessionNotMounted();
    return session.userId;
  },
);
