import process from 'node:process';
import type { LoadReport } from '../src/load.js';
import { percentile } from '../src/report/statistics.js';

export interface Measured {
  /** Latency of each answer with status 200. */
  readonly micros: number[];
  readonly failures: number;
  readonly seconds: number;
}

export function reportOf({ micros, failures, seconds }: Measured): LoadReport {
  const ascending = micros.toSorted((a, b) => a - b);
  return {
    answers: ascending.length,
    failures,
    seconds,
    p50Micros: percentile(ascending, 50),
    p99Micros: percentile(ascending, 99),
  };
}

let last = 0;

/** A URL that nobody has asked for. */
export function uniquePath(path: string): string {
  return `${path}?n=${process.pid}-${last++}`;
}
