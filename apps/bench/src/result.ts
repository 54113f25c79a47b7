import type { Audit } from './measure/audit.js';
import type { Machine } from './measure/machine.js';
import type { Pace, Visit } from './measure/rounds.js';

/** A server in a case. */
export interface Cell {
  readonly case: string;
  readonly server: string;
  readonly audit: Audit;
  /** One per round. */
  readonly visits: readonly Visit[];
}

/** All that a run has measured; what `results/latest.json` holds. */
export interface BenchResult {
  readonly startedAt: string;
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly pace: Pace;
  readonly machine: Machine;
  readonly cells: readonly Cell[];
  /** What was left out, and why. */
  readonly failures: readonly string[];
  /** What is not a request to a server: figures by name, one per round. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

export function cellOf(result: BenchResult, test: string, server: string): Cell | undefined {
  return result.cells.find((cell) => cell.case === test && cell.server === server);
}
