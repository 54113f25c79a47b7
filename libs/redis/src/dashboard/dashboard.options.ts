import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { parseDuration, type Duration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';

/** Options of `RedisDashboardModule.forRoot`. */
export interface RedisDashboardOptions {
  /** Route of the pages, below the global prefix. Default `'/redis'`. */
  readonly path?: string;
  /**
   * Who may see and do everything here: a guard, or its class, which Nest builds in the module of the dashboard.
   * Without one the dashboard is not mounted.
   */
  readonly guard?: Type<CanActivate> | CanActivate;
  /** Modules that export what the guard injects. */
  readonly imports?: ModuleMetadata['imports'];
  /** True: everybody may. Refused with `NODE_ENV=production`. Default false. */
  readonly public?: boolean;
  /**
   * Time between two points of the plots. Each costs one INFO per primary, and 16 short scripts per cache that
   * writes behind. Default `'5s'`, at least `'100ms'`.
   */
  readonly sampleEvery?: Duration;
  /** How far the plots reach back; kept in the memory of the process. Default `'1h'`, at most 5000 points. */
  readonly keep?: Duration;
}

export interface ResolvedDashboardOptions {
  /** Without slashes at its ends. */
  readonly path: string;
  /** Undefined where everybody may. */
  readonly guard: Type<CanActivate> | CanActivate | undefined;
  readonly sampleEveryMs: number;
  readonly points: number;
}

const MOST_POINTS = 5000;
const HOUR_MS = 3_600_000;

/**
 * Checks who may come in before anything is mounted.
 *
 * @param nodeEnv `NODE_ENV`
 * @throws ConfigurationError
 */
export function resolveDashboardOptions(
  options: RedisDashboardOptions,
  nodeEnv: string | undefined,
): ResolvedDashboardOptions {
  const sampleEveryMs = parseDuration(options.sampleEvery ?? '5s', 'dashboard.sampleEvery');
  if (sampleEveryMs < 100)
    throw new ConfigurationError(
      'dashboard.sampleEvery',
      options.sampleEvery,
      "Give '100ms' or more.",
    );
  const points =
    options.keep === undefined
      ? Math.min(MOST_POINTS, Math.ceil(HOUR_MS / sampleEveryMs))
      : Math.ceil(parseDuration(options.keep, 'dashboard.keep') / sampleEveryMs);
  if (points > MOST_POINTS)
    throw new ConfigurationError(
      'dashboard.keep',
      options.keep,
      `That is ${points} points; at most ${MOST_POINTS} are kept. Shorten it, or sample less often by \`sampleEvery\`.`,
    );
  return {
    path: plainPath(options.path ?? '/redis'),
    guard: entry(options, nodeEnv),
    sampleEveryMs,
    points,
  };
}

function entry(
  { guard, public: isPublic = false }: RedisDashboardOptions,
  nodeEnv: string | undefined,
): ResolvedDashboardOptions['guard'] {
  if (guard && isPublic)
    throw new ConfigurationError(
      'dashboard.public',
      isPublic,
      'There is a guard as well; give one of them.',
    );
  if (guard) return guard;
  if (!isPublic)
    throw new ConfigurationError(
      'dashboard.guard',
      guard,
      'Whoever opens the dashboard sees keys and ends sessions. Give a guard that lets administrators in; to try it out, `public: true`.',
    );
  if (nodeEnv === 'production')
    throw new ConfigurationError(
      'dashboard.public',
      isPublic,
      'That is refused in production (NODE_ENV). Give a `guard` that lets administrators in.',
    );
  return undefined;
}

function plainPath(path: unknown): string {
  const plain = typeof path === 'string' ? path.replace(/^\/+|\/+$/g, '') : '';
  if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(plain)) return plain;
  throw new ConfigurationError(
    'dashboard.path',
    path,
    "Give a fixed path of its own, such as '/redis' or '/admin/redis'.",
  );
}
