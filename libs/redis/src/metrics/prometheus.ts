import type { MetricDefinition } from './catalog.js';
import { CATALOG } from './catalog.js';
import type { HistogramSeriesSnapshot } from './instruments.js';
import type { HistogramSnapshot, MetricSnapshot, MetricsSnapshot } from './redis-metrics.js';

/** What is needed of a `Registry` of prom-client. */
export interface PrometheusRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
}

interface PrometheusValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Of histograms: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** What a registry of prom-client asks of each metric. */
interface PrometheusMetric {
  name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: 'sum';
  get(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly aggregator: 'sum';
    readonly values: readonly PrometheusValue[];
  }>;
  reset(): void;
}

/**
 * The name in Prometheus: that of OpenTelemetry with underscores, the unit and `_total`, by its rules for
 * Prometheus (OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility").
 */
export function prometheusName({ name, unit, kind }: MetricDefinition): string {
  const units: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };
  const total = kind === 'counter' ? '_total' : '';
  return `${underscored(name)}${units[unit] ?? ''}${total}`;
}

/**
 * Shows a collector in a registry of prom-client. Nothing is counted twice: the registry reads the collector when it
 * is scraped.
 *
 * @returns takes the metrics out again
 */
export function exposeTo(
  registry: PrometheusRegistry,
  collect: () => Promise<MetricsSnapshot>,
): () => void {
  let scrape: Promise<MetricsSnapshot> | undefined;
  // A registry asks each metric by itself; one scrape is one snapshot.
  const shared = (): Promise<MetricsSnapshot> => {
    scrape ??= collect().finally(() => (scrape = undefined));
    return scrape;
  };
  const names = Object.values<MetricDefinition>(CATALOG).map((definition) => {
    const metric = metricOf(definition, shared);
    registry.registerMetric(metric as never);
    return metric.name;
  });
  return () => names.forEach((name) => registry.removeSingleMetric(name));
}

function metricOf(
  definition: MetricDefinition,
  collect: () => Promise<MetricsSnapshot>,
): PrometheusMetric {
  const { help, kind: type } = definition;
  return {
    // OpenMetrics takes `_total` off, so the name is read anew each time.
    name: prometheusName(definition),
    help,
    type,
    aggregator: 'sum',
    async get() {
      const metric = (await collect()).find(({ name }) => name === definition.name);
      const values = metric ? valuesOf(metric, this.name) : [];
      return { name: this.name, help, type, aggregator: 'sum', values };
    },
    // Counters of the process only grow; whoever resets a registry means its own.
    reset: () => undefined,
  };
}

function valuesOf(
  metric: MetricSnapshot | HistogramSnapshot,
  name: string,
): readonly PrometheusValue[] {
  if (metric.kind === 'histogram')
    return metric.series.flatMap((series) => bucketsOf(series, metric.buckets ?? [], name));
  return metric.series.map(({ labels, value }) => ({ labels: underscoredNames(labels), value }));
}

function bucketsOf(
  { labels, counts, sum, count }: HistogramSeriesSnapshot,
  bounds: readonly number[],
  name: string,
): PrometheusValue[] {
  const own = underscoredNames(labels);
  let upTo = 0;
  const buckets = counts.map((inBucket, at) => {
    upTo += inBucket;
    return {
      metricName: `${name}_bucket`,
      labels: { ...own, le: bounds[at] ?? '+Inf' },
      value: upTo,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: own, value: sum },
    { metricName: `${name}_count`, labels: own, value: count },
  ];
}

function underscoredNames(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [underscored(name), value]),
  );
}

function underscored(name: string): string {
  return name.replaceAll('.', '_');
}
