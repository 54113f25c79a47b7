import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const FAST_LANE_METADATA = 'nestjs-redis-kit:fast-lane';

/**
 * Answers hits of a route, or of the GET routes of a controller, before Express and Nest see the request:
 * no middleware, guard, interceptor or access log runs for them. Needs `@CacheScope('public')`, a
 * `CacheInterceptor` and no guard; else the application does not start. See docs/http-cache-fast-lane.md.
 *
 * @param isOn false to leave out a handler of a controller that has the decorator. Default true.
 */
export function FastLane(isOn = true): CustomDecorator {
  return SetMetadata(FAST_LANE_METADATA, isOn);
}
