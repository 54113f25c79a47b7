import type { BatchObservableCallback, Histogram, Meter, Observable } from '@opentelemetry/api';
import { CATALOG, type MetricDefinition } from './catalog.js';
import type { RedisMetrics } from './redis-metrics.js';

/** What the application's OpenTelemetry SDK has registered; without an SDK its no-op. */
export type OpenTelemetryApi = typeof import('@opentelemetry/api');

/** The name that meters and tracers are asked for. */
export const INSTRUMENTATION = 'nestjs-redis-kit';

/**
 * Gives the counts to OpenTelemetry. Counters and gauges are read when its reader collects; histograms are passed on
 * as they are observed, since OpenTelemetry keeps its own.
 *
 * @returns ends it
 */
export function exportMetrics(
  { metrics: api }: OpenTelemetryApi,
  metrics: RedisMetrics,
): () => void {
  const meter = api.getMeter(INSTRUMENTATION);
  const observables = new Map<string, Observable>();
  const histograms = new Map<string, Histogram>();
  for (const definition of Object.values<MetricDefinition>(CATALOG)) {
    if (definition.kind === 'histogram')
      histograms.set(definition.name, createHistogram(meter, definition));
    else observables.set(definition.name, createObservable(meter, definition));
  }
  const stopObservations = metrics.onObservation(({ name }, value, labels) =>
    histograms.get(name)?.record(value, labels),
  );
  const observe: BatchObservableCallback = async (result) => {
    for (const metric of await metrics.collect()) {
      const observable = observables.get(metric.name);
      if (metric.kind === 'histogram' || !observable) continue;
      for (const { labels, value } of metric.series) result.observe(observable, value, labels);
    }
  };
  const all = [...observables.values()];
  meter.addBatchObservableCallback(observe, all);
  return () => {
    stopObservations();
    meter.removeBatchObservableCallback(observe, all);
  };
}

function createHistogram(
  meter: Meter,
  { name, unit, help: description, buckets }: MetricDefinition,
): Histogram {
  const advice = buckets && { explicitBucketBoundaries: [...buckets] };
  return meter.createHistogram(name, { unit, description, advice });
}

function createObservable(
  meter: Meter,
  { name, kind, unit, help: description }: MetricDefinition,
): Observable {
  const options = { unit, description };
  return kind === 'counter'
    ? meter.createObservableCounter(name, options)
    : meter.createObservableGauge(name, options);
}
