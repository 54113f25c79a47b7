export interface BackOffOptions {
  /** Wait after the first failure, in milliseconds. */
  readonly firstMs: number;
  readonly ceilingMs: number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * How long to wait after a number of failures: doubling up to the ceiling, and of that between half
 * and all, so that processes that failed together do not come back together.
 */
export function backOffMs(
  failures: number,
  { firstMs, ceilingMs, random = Math.random }: BackOffOptions,
): number {
  const full = Math.min(ceilingMs, firstMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30));
  return Math.round(full * (0.5 + random() / 2));
}
