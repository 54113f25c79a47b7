import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { RedisInspector } from '../inspection/redis-inspector.js';
import type { ServerInfo } from '../inspection/server-info.js';
import { RedisMetrics } from '../metrics/redis-metrics.js';
import type { ResolvedDashboardOptions } from './dashboard.options.js';
import { DASHBOARD_OPTIONS } from './dashboard.tokens.js';
import { samplePoint, type SamplePoint, type Totals } from './sample-point.js';

/** Counting sessions takes 20 SCANs and more, so it is done this seldom. */
const COUNT_EVERY_MS = 30_000;

/** Columns of the points, so that their names are not sent once per point. */
export type SampleColumns = Readonly<Record<keyof SamplePoint, readonly (number | null)[]>>;

/**
 * Looks at the counters and the servers in steps, once for all viewers, and keeps the last points in memory. Begins
 * with the application and ends with it.
 */
@Injectable()
export class Sampler implements OnModuleInit, BeforeApplicationShutdown {
  readonly #points: SamplePoint[] = [];
  #sessions: number | null = null;
  #countedAt = -Infinity;
  #latest: Totals | undefined;
  #missing: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;
  #endCounting: () => void = () => undefined;

  constructor(
    @Inject(DASHBOARD_OPTIONS) private readonly options: ResolvedDashboardOptions,
    @Inject(RedisMetrics) private readonly metrics: RedisMetrics,
    @Inject(RedisInspector) private readonly inspector: RedisInspector,
  ) {}

  onModuleInit(): void {
    this.#endCounting = this.metrics.start();
    this.#next(0);
  }

  /** A step that is under way is not waited for: it ends when its connections do. */
  beforeApplicationShutdown(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#endCounting();
  }

  /** Milliseconds since the Unix epoch; stands still while the clock of the machine is behind the last point. */
  get now(): number {
    return Math.max(Date.now(), this.#latest?.at ?? 0);
  }

  /** What the servers did not tell at the last step, and why. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** What the servers said at the last step; empty while none answers. */
  get servers(): readonly ServerInfo[] {
    return this.#latest?.servers ?? [];
  }

  /** The points after a time, in milliseconds since the Unix epoch. */
  since(time: number): SampleColumns {
    const points = this.#points.filter(({ at }) => at > time);
    const names = Object.keys(points[0] ?? {}) as (keyof SamplePoint)[];
    const columns = names.map((name) => [name, points.map((point) => short(point[name]))]);
    return Object.fromEntries(columns) as SampleColumns;
  }

  #next(waitMs: number): void {
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => {
      void this.#sample().finally(() => this.#next(this.options.sampleEveryMs));
    }, waitMs);
    this.#timer.unref();
  }

  async #countSessions(): Promise<void> {
    if (performance.now() - this.#countedAt < COUNT_EVERY_MS) return;
    this.#countedAt = performance.now();
    const { value } = await this.inspector.sessions({ measure: 0, top: 0 });
    this.#sessions = value?.sessions ?? null;
  }

  /** Never fails: both tell what they know. */
  async #sample(): Promise<void> {
    const [metrics, { value: servers, missing }] = await Promise.all([
      this.metrics.collect(),
      this.inspector.servers(),
      this.#countSessions(),
    ]);
    this.#missing = missing;
    const now: Totals = {
      // A clock that was set back would leave the points out of order.
      at: Math.max(Date.now(), (this.#latest?.at ?? 0) + 1),
      tick: performance.now(),
      metrics,
      servers,
      isWhole: missing.length === 0,
      sessions: this.#sessions,
    };
    if (this.#latest) this.#points.push(samplePoint(this.#latest, now));
    this.#latest = now;
    if (this.#points.length > this.options.points) this.#points.shift();
  }
}

/** Five digits are more than a plot can show. */
function short(value: number | null): number | null {
  return value === null || Number.isInteger(value) ? value : Number(value.toPrecision(5));
}
