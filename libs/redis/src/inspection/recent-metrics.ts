import type {
  HistogramSnapshot,
  MetricSnapshot,
  MetricsSnapshot,
} from '../metrics/redis-metrics.js';

/** Warnings look back this far: what was put right is no longer warned of. */
const WINDOW_MS = 15 * 60_000;
/** Least time between two snapshots that are kept. */
const STEP_MS = 60_000;

interface Taken {
  readonly at: number;
  readonly metrics: MetricsSnapshot;
}

/**
 * What was counted of late: since the newest snapshot that is older than the window, or since the beginning. It has
 * no timer, so when nobody has asked for long, that may be longer ago than the window.
 */
export class RecentMetrics {
  #taken: Taken[] = [];
  #startedAt: number | undefined;

  /** @param now milliseconds that never run backwards */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @param startedAt when the counting began; with another beginning, nothing from before counts */
  since(metrics: MetricsSnapshot, startedAt: number | undefined): MetricsSnapshot {
    if (startedAt !== this.#startedAt) this.#taken = [];
    this.#startedAt = startedAt;
    const now = this.now();
    const old = this.#taken.filter(({ at }) => now - at >= WINDOW_MS).at(-1);
    if (old) this.#taken = this.#taken.slice(this.#taken.indexOf(old));
    const last = this.#taken.at(-1);
    if (!last || now - last.at >= STEP_MS) this.#taken.push({ at: now, metrics });
    return old ? grown(metrics, old.metrics) : metrics;
  }
}

/** What came since. Gauges stay as they are. */
export function grown(metrics: MetricsSnapshot, before: MetricsSnapshot): MetricsSnapshot {
  const earlier = new Map(before.map((metric) => [metric.name, metric]));
  return metrics.map((metric) => {
    const old = earlier.get(metric.name);
    if (metric.kind === 'histogram')
      return grownHistogram(metric, old?.kind === 'histogram' ? old : undefined);
    if (metric.kind === 'gauge') return metric;
    return grownCounter(metric, old?.kind === 'counter' ? old : undefined);
  });
}

function grownCounter(metric: MetricSnapshot, old: MetricSnapshot | undefined): MetricSnapshot {
  const known = byLabels(old?.series ?? []);
  const series = metric.series.map((one) => ({
    ...one,
    value: one.value - (known.get(labelsOf(one))?.value ?? 0),
  }));
  return { ...metric, series };
}

function grownHistogram(
  metric: HistogramSnapshot,
  old: HistogramSnapshot | undefined,
): HistogramSnapshot {
  const known = byLabels(old?.series ?? []);
  const series = metric.series.map((one) => {
    const before = known.get(labelsOf(one));
    if (!before) return one;
    const counts = one.counts.map((count, at) => count - (before.counts[at] ?? 0));
    return { ...one, count: one.count - before.count, sum: one.sum - before.sum, counts };
  });
  return { ...metric, series };
}

type Labelled = { readonly labels: Readonly<Record<string, string>> };

function byLabels<Series extends Labelled>(series: readonly Series[]): Map<string, Series> {
  return new Map(series.map((one) => [labelsOf(one), one]));
}

/** The order of labels is that of the catalog, for every series of a metric. */
function labelsOf({ labels }: Labelled): string {
  return Object.values(labels).join('\n');
}
