import type { Audit } from './measure/audit.js';
import type { Machine } from './measure/machine.js';
import type { Pace, Steady, Visit } from './measure/rounds.js';
import type { Table } from './report/table.js';

/** A server in a case. */
export interface Cell {
  readonly case: string;
  readonly server: string;
  readonly audit: Audit;
  /** One per round. */
  readonly visits: readonly Visit[];
  /** One per round at a fixed rate. */
  readonly steady: readonly Steady[];
}

/** Where the time of a server goes in a case. */
export interface CellProfile {
  readonly case: string;
  readonly server: string;
  readonly times: Table;
}

/** All that a run has measured; what `results/latest.json` holds. */
export interface BenchResult {
  readonly startedAt: string;
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly pace: Pace;
  readonly machine: Machine;
  readonly cells: readonly Cell[];
  /** Of the pairs that miss a target in CPU. */
  readonly profiles: readonly CellProfile[];
  /** What was left out, and why. */
  readonly failures: readonly string[];
  /** What is not a request to a server: figures by name, one per round. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

export function cellOf(
  result: Pick<BenchResult, 'cells'>,
  test: string,
  server: string,
): Cell | undefined {
  return result.cells.find((cell) => cell.case === test && cell.server === server);
}
