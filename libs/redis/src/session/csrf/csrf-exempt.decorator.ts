import { Reflector } from '@nestjs/core';

const Marker = Reflector.createDecorator<boolean>({ key: 'nestjs-redis-kit:session:csrf-exempt' });

/**
 * Lets a handler or a controller take requests without a CSRF token where CsrfGuard guards more than that: webhooks
 * that prove their sender by a signature, or a login by bearer token. Not for what a cookie authorizes.
 */
export const CsrfExempt = (): MethodDecorator & ClassDecorator => Marker(true);

/** True when the handler, or else its controller, is `@CsrfExempt()`. */
export function isCsrfExempt(
  reflector: Reflector,
  targets: Parameters<Reflector['getAllAndOverride']>[1],
): boolean {
  return reflector.getAllAndOverride(Marker, targets) ?? false;
}
