import { gaugesWanted, type GaugeReading } from '../diagnostics/gauges.js';
import { CATALOG, type MetricDefinition, type MetricName } from './catalog.js';
import { listen } from './count-events.js';
import { RecentEstimate } from './distinct-estimate.js';
import {
  Counter,
  Histogram,
  type HistogramSeriesSnapshot,
  type SeriesSnapshot,
} from './instruments.js';

/** Longest wait for gauges that Redis has to be asked for; what is late is left out. */
const GAUGE_LIMIT_MS = 1000;
/** A session counts as active for this long, up to twice as long. */
const ACTIVE_MS = 5 * 60_000;

/** One metric as it is now: plain data, fit for JSON. */
export interface MetricSnapshot extends Omit<MetricDefinition, 'kind'> {
  readonly kind: 'counter' | 'gauge';
  readonly series: readonly SeriesSnapshot[];
}

/** A histogram at one moment, with all its series. */
export interface HistogramSnapshot extends Omit<MetricDefinition, 'kind'> {
  readonly kind: 'histogram';
  readonly series: readonly HistogramSeriesSnapshot[];
}

/** Every metric at one moment. */
export type MetricsSnapshot = readonly (MetricSnapshot | HistogramSnapshot)[];

/** Told of each observation of a histogram, for libraries that keep their own. */
export type ObservationListener = (
  metric: MetricDefinition,
  value: number,
  labels: Readonly<Record<string, string>>,
) => void;

/**
 * Counts what caches, sessions and connections of this process do. Until somebody calls `start` it listens to
 * nothing and costs nothing.
 *
 * Events are those of the process: two applications in one process are counted together.
 */
export class RedisMetrics {
  readonly #counters = new Map<MetricName, Counter>();
  readonly #histograms = new Map<MetricName, Histogram>();
  readonly #listeners = new Set<ObservationListener>();
  #active = new RecentEstimate(ACTIVE_MS);
  #users = 0;
  #stop: (() => void) | undefined;
  #startedAt: number | undefined;

  constructor() {
    for (const [name, definition] of Object.entries(CATALOG) as [MetricName, MetricDefinition][]) {
      if (definition.kind === 'counter') this.#counters.set(name, new Counter(definition));
      if (definition.kind === 'histogram') this.#histograms.set(name, new Histogram(definition));
    }
  }

  /** Since when it counts, in milliseconds since the Unix epoch; undefined while it does not. */
  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  /**
   * Begins to count; more than one may ask for it.
   *
   * @returns called once by each who asked; the last one ends the counting and forgets the counts
   */
  start(): () => void {
    this.#users += 1;
    this.#startedAt ??= Date.now();
    this.#stop ??= listen(this);
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      this.#users -= 1;
      if (this.#users === 0) this.#end();
    };
  }

  /** @param labels values in the order of the catalog; '' for one that does not apply */
  add(name: MetricName, amount: number, ...labels: string[]): void {
    this.#counters.get(name)?.add(amount, labels);
  }

  observe(name: MetricName, value: number, ...labels: string[]): void {
    const counted = this.#histograms.get(name)?.observe(value, labels);
    if (!counted) return;
    for (const listener of this.#listeners) listener(CATALOG[name], value, counted);
  }

  /** Notes that a session was used. @param handle not kept */
  sessionSeen(handle: string): void {
    this.#active.add(handle);
  }

  /** @returns a function that ends it */
  onObservation(listener: ObservationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Counters and histograms as they are now; no gauges, as some of them have to be asked for. */
  snapshot(): MetricsSnapshot {
    const counters = [...this.#counters].map(([name, counter]) => ({
      ...CATALOG[name],
      kind: 'counter' as const,
      series: counter.snapshot(),
    }));
    const histograms = [...this.#histograms].map(([name, histogram]) => ({
      ...CATALOG[name],
      kind: 'histogram' as const,
      series: histogram.snapshot(),
    }));
    return [...counters, ...histograms];
  }

  /** As `snapshot`, and the gauges. Takes a second at most; a gauge that Redis does not tell by then is left out. */
  async collect(): Promise<MetricsSnapshot> {
    const readings = await this.#readings();
    const gauges = Object.values<MetricDefinition>(CATALOG)
      .filter(({ kind }) => kind === 'gauge')
      .map((definition) => ({
        ...definition,
        kind: 'gauge' as const,
        series: joined(definition, readings),
      }));
    return [...this.snapshot(), ...gauges];
  }

  async #readings(): Promise<(GaugeReading & { readonly value: number })[]> {
    const readings: GaugeReading[] = [];
    gaugesWanted.publish(() => ({ report: (reading) => void readings.push(reading) }));
    if (this.#startedAt !== undefined)
      readings.push({ name: CATALOG.sessionsActive.name, labels: {}, value: this.#active.count });
    const read = await Promise.all(
      readings.map(async (reading) => ({ ...reading, value: await within(reading.value) })),
    );
    return read.flatMap(({ value, ...rest }) => (value === undefined ? [] : [{ ...rest, value }]));
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#startedAt = undefined;
    this.#active = new RecentEstimate(ACTIVE_MS);
    for (const counter of this.#counters.values()) counter.clear();
    for (const histogram of this.#histograms.values()) histogram.clear();
  }
}

/** One series per label set: two applications in one process tell the same ones, and scrapers refuse them twice. */
function joined(
  { name, isSummed }: MetricDefinition,
  readings: readonly (GaugeReading & { readonly value: number })[],
): SeriesSnapshot[] {
  const series = new Map<string, SeriesSnapshot>();
  for (const { labels, value } of readings.filter((reading) => reading.name === name)) {
    const key = JSON.stringify(labels);
    const known = series.get(key)?.value;
    const both = known === undefined ? value : isSummed ? known + value : Math.max(known, value);
    series.set(key, { labels, value: both });
  }
  return [...series.values()];
}

/** @returns undefined for what fails or is late */
async function within(value: number | Promise<number>): Promise<number | undefined> {
  if (typeof value === 'number') return value;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, GAUGE_LIMIT_MS, undefined);
  });
  const told = value.catch(() => undefined);
  return Promise.race([told, late]).finally(() => clearTimeout(timer));
}
