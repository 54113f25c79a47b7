import { CASES, type Case } from '../cases.js';
import { STEADY_RATE } from '../steady-rate.js';
import { cellOf, type BenchResult, type Cell } from '../result.js';
import { titleOf } from '../servers.js';
import { TARGETS } from '../targets.js';
import { isGrowth } from './growth-tables.js';
import { limitOf, number, spread } from './format.js';
import { median, summarize } from './statistics.js';
import type { Table } from './table.js';
import { commandCount, cpuRatio, type Verdict } from './verdict.js';

const MIB = 1024 * 1024;

/** One table per case that was measured. */
export function caseTables(result: BenchResult): Table[] {
  return CASES.map((test) => caseTable(test, result)).filter(({ rows }) => rows.length > 0);
}

function caseTable(test: Case, result: BenchResult): Table {
  const [baseline = ''] = test.servers;
  return {
    title: test.title,
    head: [
      'server',
      `× ${titleOf(baseline)}`,
      'CPU µs/request',
      'requests/s',
      'p50 ms',
      'p99 ms',
      ...(isSteady(result) ? [`p50 ms at ${STEADY_RATE}/s`, `p99 ms at ${STEADY_RATE}/s`] : []),
      'Redis commands',
      'Redis bytes',
      'RSS MiB',
    ],
    rows: test.servers.flatMap((server) => {
      const cell = cellOf(result, test.id, server);
      const to = cpuRatio(result, { case: test.id, server, to: baseline });
      return cell ? [[titleOf(server), to ? spread(to) : '-', ...figuresOf(cell)]] : [];
    }),
  };
}

/** Whether the run has measured at a fixed rate as well. */
function isSteady({ pace }: BenchResult): boolean {
  return pace.openSeconds > 0;
}

function figuresOf({ visits, steady, audit }: Cell): string[] {
  const middle = (pick: (visit: Cell['visits'][number]) => number): string =>
    number(median(visits.map(pick)));
  return [
    spread(summarize(visits.map(({ cpuMicros }) => cpuMicros))),
    middle(({ requestsPerSecond }) => requestsPerSecond),
    middle(({ p50Micros }) => p50Micros / 1000),
    middle(({ p99Micros }) => p99Micros / 1000),
    ...(steady.length > 0
      ? [
          number(median(steady.map(({ p50Micros }) => p50Micros)) / 1000),
          number(median(steady.map(({ p99Micros }) => p99Micros)) / 1000),
        ]
      : []),
    number(commandCount(audit.commands)),
    middle(({ redisBytes }) => redisBytes),
    middle(({ rssBytes }) => rssBytes / MIB),
  ];
}

/** Every target with its figure next to it. */
export function targetTable(verdicts: readonly Verdict[]): Table {
  return {
    title: 'Targets',
    head: ['case', 'target', 'measured', 'verdict'],
    rows: verdicts.map(({ target, kind, figure }) => [
      target.title,
      limitOf(target),
      figure ? spread(figure) : '-',
      kind === 'open' ? 'not measured' : kind,
    ]),
  };
}

/** Figures that are in no other table, by their names. */
export function otherFigures({ values }: BenchResult): Table {
  const judged = new Set(
    TARGETS.flatMap(({ figure }) => (figure.kind === 'value' ? [figure.name] : [])),
  );
  const others = Object.entries(values).filter(([name]) => !judged.has(name) && !isGrowth(name));
  return {
    title: 'Other figures',
    head: ['name', 'measured'],
    rows: others.map(([name, rounds]) => [name, spread(summarize(rounds))]),
  };
}
