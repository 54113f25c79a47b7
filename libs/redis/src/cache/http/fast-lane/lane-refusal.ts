/** What decides whether a route may have the fast lane. */
export interface LaneRouteFacts {
  readonly isGet: boolean;
  /** Names of the guards that stand before it, wherever they were bound. */
  readonly guards: readonly string[];
  readonly scope: unknown;
  /** Does each `CacheInterceptor` on the route decide as the original does? Empty where there is none. */
  readonly interceptors: readonly { readonly name: string; readonly isPlain: boolean }[];
  readonly hasKeyFactory: boolean;
  readonly isVersionedByFunction: boolean;
  readonly isExpress: boolean;
}

export interface Refusal {
  readonly problem: string;
  readonly remedy: string;
}

/** Why a route cannot have the fast lane, and what to do about it; undefined when it can. */
export function laneRefusal(facts: LaneRouteFacts): Refusal | undefined {
  const { guards, scope, interceptors } = facts;
  const changed = interceptors.find(({ isPlain }) => !isPlain);
  if (!facts.isExpress) return refusal('the application does not run on Express', WITHOUT);
  if (!facts.isGet) return refusal('the route does not answer GET', WITHOUT);
  if (guards.length > 0)
    return refusal(
      `the route has a guard (${guards.join(', ')}), which the lane would pass by`,
      `${WITHOUT} A public route beside it may have it, if no guard is bound to its class or to all routes.`,
    );
  if (scope !== 'public')
    return refusal(
      'the route does not say who shares it',
      `Add @CacheScope('public') to it. ${ELSE}`,
    );
  if (interceptors.length === 0)
    return refusal(
      'the route has no cache',
      `Add @UseInterceptors(CacheInterceptor) to it. ${ELSE}`,
    );
  if (changed)
    return refusal(
      `${changed.name} overrides what decides on the key, and may go by more than the URL`,
      `Use CacheInterceptor there, with @CachePolicy({ vary }) for headers. ${ELSE}`,
    );
  if (facts.hasKeyFactory)
    return refusal(
      '@CacheKey is a function there, which may go by more than the URL',
      `Use @CachePolicy({ vary }) for headers, or a text as the key. ${ELSE}`,
    );
  return facts.isVersionedByFunction
    ? refusal(
        'a function chooses the version of the route',
        `Use versions by URI or by header. ${ELSE}`,
      )
    : undefined;
}

const WITHOUT = 'Leave out @FastLane() there, or write @FastLane(false) where its class has it.';
const ELSE = 'Or leave out @FastLane() there.';

function refusal(problem: string, remedy: string): Refusal {
  return { problem, remedy };
}
