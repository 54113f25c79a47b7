import {
  UseGuards,
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { markNoTouch } from './session-request.js';

class NoTouchGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() === 'http') markNoTouch(context.switchToHttp().getRequest<object>());
    return true;
  }
}

/**
 * For routes that a page calls by itself, such as a poll for news: they are no activity of the user, so
 * they renew neither the idle timeout nor the cookie (NIST SP 800-63B-4, section 5.2; ASVS 5.0, 7.3.1).
 * What they change in the session is saved all the same.
 */
export const NoTouch = (): MethodDecorator & ClassDecorator =>
  applyDecorators(UseGuards(NoTouchGuard));
