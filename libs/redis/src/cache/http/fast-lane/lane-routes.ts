import {
  RequestMethod,
  VersioningType,
  type NestInterceptor,
  type Type,
  type VersioningOptions,
} from '@nestjs/common';
import {
  ModuleRef,
  type ApplicationConfig,
  type DiscoveryService,
  type MetadataScanner,
  type Reflector,
} from '@nestjs/core';
import { ConfigurationError } from '../../../common/errors.js';
import { FAST_LANE_METADATA } from '../../decorators/fast-lane.decorator.js';
import { CacheInterceptor, isPlainInterceptor } from '../cache.interceptor.js';
import { CacheRoutes, type CacheRoute } from '../cache-route.js';
import type { HttpCacheOptions } from '../http-cache.options.js';
import { laneRefusal, type LaneRouteFacts } from './lane-refusal.js';

/** What Nest's decorators leave on controllers and their methods. */
const METADATA = {
  guards: '__guards__',
  interceptors: '__interceptors__',
  method: 'method',
  path: 'path',
} as const;

const ANSWERS_GET: readonly unknown[] = [RequestMethod.GET, RequestMethod.ALL, RequestMethod.HEAD];

export interface LaneRoutesParts {
  readonly discovery: DiscoveryService;
  readonly scanner: MetadataScanner;
  readonly reflector: Reflector;
  readonly config: ApplicationConfig;
  readonly defaults: HttpCacheOptions;
  readonly isExpress: boolean;
}

interface Handler {
  readonly type: Type;
  readonly method: (...args: never[]) => unknown;
}

/** Finds the routes that ask for the lane, and refuses those that cannot have it. */
export class LaneRoutes {
  readonly #routes: CacheRoutes;

  constructor(private readonly parts: LaneRoutesParts) {
    this.#routes = new CacheRoutes(parts.reflector, parts.defaults);
  }

  /**
   * @returns how many routes have the lane
   * @throws ConfigurationError that names the route, such as `ProductsController.list`
   */
  check(): number {
    const asking = this.#handlers().filter((handler) => this.#asks(handler));
    for (const handler of asking) this.#check(handler);
    return asking.length;
  }

  #handlers(): Handler[] {
    return this.parts.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const type = metatype as Type;
      const methods = type.prototype as Record<string, Handler['method']>;
      return this.parts.scanner
        .getAllMethodNames(methods)
        .map((name) => ({ type, method: methods[name]! }))
        .filter(({ method }) => Reflect.hasMetadata(METADATA.path, method));
    });
  }

  /** A class speaks for its cached GET routes only. */
  #asks(handler: Handler): boolean {
    const route = this.#routeOf(handler);
    if (!route.isFast || route.isOff || route.isEventStream) return false;
    const { method } = handler;
    const own = this.parts.reflector.get<boolean | undefined>(FAST_LANE_METADATA, method);
    return own ?? answersGet(handler);
  }

  #check(handler: Handler): void {
    const route = this.#routeOf(handler);
    const refusal = laneRefusal(this.#factsOf(handler, route));
    if (refusal)
      throw new ConfigurationError(
        `@FastLane of ${route.handler}`,
        `not possible: ${refusal.problem}`,
        refusal.remedy,
      );
  }

  #routeOf({ type, method }: Handler): CacheRoute {
    return this.#routes.of({ getHandler: () => method, getClass: <T>() => type as Type<T> });
  }

  #factsOf(handler: Handler, { scope, key }: CacheRoute): LaneRouteFacts {
    const { config, isExpress } = this.parts;
    const guards = [
      ...config.getGlobalGuards(),
      ...config.getGlobalRequestGuards().map(({ metatype }) => metatype),
      ...bound(handler, METADATA.guards),
    ];
    return {
      isGet: answersGet(handler),
      guards: guards.map(nameOf),
      scope,
      interceptors: this.#cachesOf(handler),
      hasKeyFactory: typeof key === 'function',
      isVersionedByFunction: config.getVersioning()?.type === VersioningType.CUSTOM,
      isExpress,
    };
  }

  #cachesOf(handler: Handler): LaneRouteFacts['interceptors'] {
    const { config } = this.parts;
    return [
      ...config.getGlobalInterceptors(),
      ...config.getGlobalRequestInterceptors().map(({ metatype }) => metatype),
      ...bound(handler, METADATA.interceptors),
    ]
      .map((one) => ({ one, face: faceOf(one) }))
      .filter(({ face }) => face instanceof CacheInterceptor || face === CacheInterceptor.prototype)
      .map(({ one, face }) => ({
        name: nameOf(one),
        isPlain: isPlainInterceptor(face as NestInterceptor),
      }));
  }
}

/** True once a guard stands before all routes. */
export function hasGlobalGuard(config: ApplicationConfig): boolean {
  return config.getGlobalGuards().length > 0 || config.getGlobalRequestGuards().length > 0;
}

/** Headers that choose among the handlers of one URL, in lower case. */
export function selectingHeaders(versioning: VersioningOptions | undefined): readonly string[] {
  if (versioning?.type === VersioningType.HEADER) return [versioning.header.toLowerCase()];
  return versioning?.type === VersioningType.MEDIA_TYPE ? ['accept'] : [];
}

/** Nest gives it to nobody by injection; what binds guards for all routes is known nowhere else. */
export function applicationConfigOf(modules: ModuleRef): ApplicationConfig {
  return (modules as unknown as { container: { applicationConfig: ApplicationConfig } }).container
    .applicationConfig;
}

function answersGet({ method }: Handler): boolean {
  return ANSWERS_GET.includes(Reflect.getMetadata(METADATA.method, method));
}

/** Bound to the class or the handler, as a class or as an instance. */
function bound({ type, method }: Handler, key: string): unknown[] {
  return [type, method].flatMap(
    (target) => (Reflect.getMetadata(key, target) as unknown[] | undefined) ?? [],
  );
}

/** An instance, or what instances of a class would inherit. */
function faceOf(one: unknown): unknown {
  return typeof one === 'function' ? (one as { prototype?: unknown }).prototype : one;
}

function nameOf(one: unknown): string {
  if (typeof one === 'function') return one.name;
  return (one as object | undefined)?.constructor.name ?? String(one);
}
