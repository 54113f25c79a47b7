/** A figure over the rounds of a run. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws when there is nothing to sum up: a missing figure must not look like 0 */
export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('There is no median of no values.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle]!;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

/**
 * The nearest-rank percentile of values in ascending order.
 *
 * @returns NaN for no values
 */
export function percentile(ascending: readonly number[], percent: number): number {
  const rank = Math.ceil((percent / 100) * ascending.length);
  return ascending[Math.max(0, rank - 1)] ?? Number.NaN;
}

/** Each round's value divided by the same round's value of the other: what slowed a round slowed both. */
export function ratios(values: readonly number[], others: readonly number[]): number[] {
  if (values.length !== others.length) {
    throw new Error(`${values.length} rounds cannot be divided by ${others.length}.`);
  }
  return values.map((value, round) => value / others[round]!);
}
