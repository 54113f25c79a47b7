import { describe, expect, it } from '@jest/globals';
import type { BenchResult } from '../result.js';
import { TARGETS, type Target } from '../targets.js';
import { cell, resultOf } from '../testing/result.js';
import { judge } from './verdict.js';

const ratio: Target = {
  title: 'hit',
  figure: { kind: 'cpu-ratio', case: 'hit-1k', server: 'kit-l1', to: 'nest' },
  limit: { atMost: 0.95 },
  unit: '×',
};

function verdictOf(target: Target, result: BenchResult): string {
  return judge([target], result)[0]!.kind;
}

describe('judge', () => {
  it('divides within a round and judges by the median', () => {
    const result = resultOf([
      cell('hit-1k', 'nest', [100, 200, 1000]),
      cell('hit-1k', 'kit-l1', [90, 180, 2000]),
    ]);
    const [verdict] = judge([ratio], result);
    expect(verdict).toMatchObject({ kind: 'met', figure: { median: 0.9, min: 0.9, max: 2 } });
  });

  it.each([
    { figure: 95, kind: 'met' },
    { figure: 95.1, kind: 'missed' },
  ])('of $figure against 100 is $kind: the limit itself is met', ({ figure, kind }) => {
    const cells = [cell('hit-1k', 'nest', [100]), cell('hit-1k', 'kit-l1', [figure])];
    expect(verdictOf(ratio, resultOf(cells))).toBe(kind);
  });

  it('leaves a target open that has no figure, and keeps it in the list', () => {
    expect(verdictOf(ratio, resultOf([cell('hit-1k', 'kit-l1', [1])]))).toBe('open');
    expect(judge(TARGETS, resultOf([])).map(({ kind }) => kind)).toEqual(TARGETS.map(() => 'open'));
  });

  it('adds up all commands to Redis', () => {
    const target: Target = {
      title: 'commands',
      figure: { kind: 'commands', case: 'session-read', server: 'kit-session' },
      limit: { atMost: 1 },
      unit: '',
    };
    const withCommands = (commands: Record<string, number>): BenchResult =>
      resultOf([cell('session-read', 'kit-session', [1], commands)]);
    expect(verdictOf(target, withCommands({ evalsha: 1 }))).toBe('met');
    expect(verdictOf(target, withCommands({ evalsha: 1, expire: 0.1 }))).toBe('missed');
  });

  it('judges figures by name, alone or against another one', () => {
    const rate = (to?: string): Target => ({
      title: 'rate',
      figure: { kind: 'value', name: 'ours', to },
      limit: { atLeast: 2 },
      unit: '',
    });
    const result = resultOf([], { ours: [10, 30], theirs: [10, 10] });
    expect(verdictOf(rate(), result)).toBe('met');
    expect(verdictOf(rate('theirs'), result)).toBe('met');
    expect(verdictOf(rate('nobody'), result)).toBe('open');
    expect(verdictOf(rate('ours'), result)).toBe('missed');
  });
});
