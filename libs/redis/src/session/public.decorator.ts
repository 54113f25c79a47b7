import { Reflector } from '@nestjs/core';

/** Marks a handler or a controller that SessionGuard lets pass without a login. */
const Marker = Reflector.createDecorator<boolean>({ key: 'nestjs-redis-kit:session:public' });

/** Lets everyone in: for the exceptions where SessionGuard guards a controller or the whole application. */
export const Public = (): MethodDecorator & ClassDecorator => Marker(true);

/** True when the handler, or else its controller, is `@Public()`. */
export function isPublic(
  reflector: Reflector,
  targets: Parameters<Reflector['getAllAndOverride']>[1],
): boolean {
  return reflector.getAllAndOverride(Marker, targets) ?? false;
}
