import { UseGuards, applyDecorators } from '@nestjs/common';
import { parseDuration, type Duration } from '../common/duration.js';
import { SessionGuard } from './session.guard.js';
import { MaxAuthAge } from './max-auth-age.js';

/**
 * For sensitive routes: lets a request pass whose user has logged in, or called
 * `SessionService.reauthenticated`, within this time. Otherwise 401 with
 * `WWW-Authenticate: … error="insufficient_user_authentication"` (RFC 9470), or a browser goes to
 * `session.loginUrl`. Applies SessionGuard too, so that nothing is open where that was forgotten.
 *
 * @throws ConfigurationError when the duration is none
 */
export function RequiresRecentLogin(maxAuthAge: Duration): MethodDecorator & ClassDecorator {
  const maxAuthAgeMs = parseDuration(maxAuthAge, '@RequiresRecentLogin()');
  return applyDecorators(MaxAuthAge(maxAuthAgeMs), UseGuards(SessionGuard));
}
