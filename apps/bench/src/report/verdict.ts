import { cellOf, type BenchResult } from '../result.js';
import type { Figure, Target } from '../targets.js';
import { ratios, summarize, type Summary } from './statistics.js';

/** A target with what was measured for it. `open`: this run has no figure for it. */
export interface Verdict {
  readonly target: Target;
  readonly kind: 'met' | 'missed' | 'open';
  readonly figure: Summary | undefined;
}

type Measures = Pick<BenchResult, 'cells' | 'values'>;

/** Judges each target by the median over the rounds. None is left out. */
export function judge(targets: readonly Target[], result: Measures): Verdict[] {
  return targets.map((target) => {
    const figure = measured(target.figure, result);
    if (!figure) return { target, kind: 'open', figure };
    return { target, kind: isMet(target, figure.median) ? 'met' : 'missed', figure };
  });
}

function isMet({ limit }: Target, figure: number): boolean {
  return 'atMost' in limit ? figure <= limit.atMost : figure >= limit.atLeast;
}

function measured(figure: Figure, result: Measures): Summary | undefined {
  if (figure.kind === 'value') return named(figure, result.values);
  const cell = cellOf(result, figure.case, figure.server);
  if (!cell) return undefined;
  if (figure.kind === 'commands') return summarize([commandCount(cell.audit.commands)]);
  return cpuRatio(result, figure);
}

/** CPU per request against another server of the case, round by round; undefined where one is missing. */
export function cpuRatio(
  result: Pick<BenchResult, 'cells'>,
  {
    case: test,
    server,
    to,
  }: { readonly case: string; readonly server: string; readonly to: string },
): Summary | undefined {
  const [cell, other] = [cellOf(result, test, server), cellOf(result, test, to)];
  if (!cell || !other) return undefined;
  const cpu = (visits: typeof cell.visits): number[] => visits.map((visit) => visit.cpuMicros);
  return summarize(ratios(cpu(cell.visits), cpu(other.visits)));
}

function named(
  { name, to }: { readonly name: string; readonly to?: string },
  values: BenchResult['values'],
): Summary | undefined {
  const own = values[name];
  if (!own) return undefined;
  if (to === undefined) return summarize(own);
  const others = values[to];
  return others && summarize(ratios(own, others));
}

export function commandCount(commands: Readonly<Record<string, number>>): number {
  return Object.values(commands).reduce((sum, count) => sum + count, 0);
}
