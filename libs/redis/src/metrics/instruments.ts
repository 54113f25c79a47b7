import type { MetricDefinition } from './catalog.js';

/** One label set of a metric and what was counted under it. */
export interface SeriesSnapshot {
  readonly labels: Readonly<Record<string, string>>;
  /** Of a counter or a gauge. */
  readonly value: number;
}

/** The observations of a histogram with the same labels. */
export interface HistogramSeriesSnapshot {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
  /** Observations per bucket, not added up; the last is for those above every bound. */
  readonly counts: readonly number[];
}

interface CounterSeries {
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

interface HistogramSeries {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  sum: number;
  readonly counts: number[];
}

/**
 * The series of one metric by their label values. One label, the usual case, is looked up as it is; no label
 * value holds a line break, so values that are joined by one stay apart.
 */
class SeriesMap<Series> {
  readonly all = new Map<string, Series>();

  constructor(
    private readonly names: readonly string[],
    private readonly create: (labels: Readonly<Record<string, string>>) => Series,
  ) {}

  of(values: readonly string[]): Series {
    const key = values.length === 1 ? values[0]! : values.join('\n');
    const known = this.all.get(key);
    if (known) return known;
    // An empty value is a label that does not apply.
    const labels = this.names.map((name, index) => [name, values[index] ?? ''] as const);
    const series = this.create(Object.fromEntries(labels.filter(([, value]) => value !== '')));
    this.all.set(key, series);
    return series;
  }
}

/** Counts, in this process and without any library. */
export class Counter {
  readonly #series: SeriesMap<CounterSeries>;

  constructor(definition: MetricDefinition) {
    this.#series = new SeriesMap(definition.labels, (labels) => ({ labels, value: 0 }));
  }

  /** @param values of the labels, in the order of the catalog */
  add(amount: number, values: readonly string[]): void {
    this.#series.of(values).value += amount;
  }

  snapshot(): SeriesSnapshot[] {
    return [...this.#series.all.values()].map(({ labels, value }) => ({ labels, value }));
  }

  clear(): void {
    this.#series.all.clear();
  }
}

/** Counts observations by size, in this process and without any library. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #series: SeriesMap<HistogramSeries>;

  constructor({ labels: names, buckets = [] }: MetricDefinition) {
    this.#bounds = buckets;
    this.#series = new SeriesMap(names, (labels) => ({
      labels,
      count: 0,
      sum: 0,
      counts: Array.from({ length: buckets.length + 1 }, () => 0),
    }));
  }

  /** @returns the labels that it was counted under */
  observe(value: number, values: readonly string[]): Readonly<Record<string, string>> {
    const series = this.#series.of(values);
    series.count += 1;
    series.sum += value;
    let at = 0;
    while (at < this.#bounds.length && value > this.#bounds[at]!) at += 1;
    series.counts[at]! += 1;
    return series.labels;
  }

  snapshot(): HistogramSeriesSnapshot[] {
    return [...this.#series.all.values()].map((series) => ({
      ...series,
      counts: [...series.counts],
    }));
  }

  clear(): void {
    this.#series.all.clear();
  }
}
