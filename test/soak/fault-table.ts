import type { Figures } from '../failover/load.js';
import type { Report } from '../failover/trial.js';

/** What all trials of one fault cost together. */
interface Row {
  times: number;
  cached: number;
  sessions: number;
  readonly errors: Record<string, number>;
  /** Longest answers. */
  readonly longestMs: { cached: number; session: number; control: number };
  electionMs: number;
  recoveryMs: number;
  healingMs: number;
}

const HEADING = [
  'fault',
  'times',
  'cached requests',
  'session requests',
  'errors',
  'longest: cached, session, control',
  'served again after',
  'back after that',
  'healed',
];

/** The figures of all trials, by fault. */
export class FaultTable {
  readonly #rows = new Map<string, Row>();

  add(fault: string, { healingMs, ...report }: Report & { readonly healingMs: number }): void {
    const row = this.#rows.get(fault) ?? newRow();
    this.#rows.set(fault, row);
    row.times += 1;
    row.cached += report.cache.requests;
    row.sessions += report.session.requests;
    addErrors(row, 'cached', report.cache);
    addErrors(row, 'session', report.session);
    row.longestMs.cached = Math.max(row.longestMs.cached, report.cache.longestMs);
    row.longestMs.session = Math.max(row.longestMs.session, report.session.longestMs);
    row.longestMs.control = Math.max(row.longestMs.control, report.control.longestMs);
    row.electionMs = Math.max(row.electionMs, report.electionMs);
    row.recoveryMs = Math.max(row.recoveryMs, report.recoveryMs);
    row.healingMs = Math.max(row.healingMs, healingMs);
  }

  toString(): string {
    const lines = [...this.#rows].map(([fault, row]) => [fault, ...cellsOf(row)]);
    return [HEADING, HEADING.map(() => '---'), ...lines]
      .map((cells) => `| ${cells.join(' | ')} |\n`)
      .join('');
  }
}

function newRow(): Row {
  return {
    times: 0,
    cached: 0,
    sessions: 0,
    errors: {},
    longestMs: { cached: 0, session: 0, control: 0 },
    electionMs: 0,
    recoveryMs: 0,
    healingMs: 0,
  };
}

function addErrors({ errors }: Row, kind: string, { outcomes }: Figures): void {
  for (const [outcome, times] of Object.entries(outcomes)) {
    if (outcome === '200' || outcome === '201') continue;
    const name = `${kind} ${outcome}`;
    errors[name] = (errors[name] ?? 0) + times;
  }
}

function cellsOf(row: Row): string[] {
  const { cached, session, control } = row.longestMs;
  const errors = Object.entries(row.errors).map(([kind, times]) => `${kind}: ${times}`);
  return [
    String(row.times),
    String(row.cached),
    String(row.sessions),
    errors.join(', ') || 'none',
    [cached, session, control].map(seconds).join(', '),
    ...[row.electionMs, row.recoveryMs, row.healingMs].map(seconds),
  ];
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
