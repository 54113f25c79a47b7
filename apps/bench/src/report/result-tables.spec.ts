import { describe, expect, it } from '@jest/globals';
import { TARGETS } from '../targets.js';
import { cell, resultOf } from '../testing/result.js';
import { barChart } from './bar-chart.js';
import { growthTables } from './growth-tables.js';
import { charts, markdownReport } from './markdown-report.js';
import { caseTables, otherFigures, targetTable } from './result-tables.js';
import { toMarkdown, toTerminal } from './table.js';
import { judge } from './verdict.js';

const result = resultOf([
  cell('hit-1k', 'nest', [100, 110, 120]),
  cell('hit-1k', 'kit-l1', [150, 165, 240], { get: 1 }),
]);

describe('toTerminal', () => {
  it('lines columns up: names to the left, figures to the right', () => {
    const table = {
      title: 'T',
      head: ['server', 'µs'],
      rows: [
        ['a', '1.5'],
        ['longer', '12'],
      ],
    };
    expect(toTerminal(table)).toBe('T\nserver   µs\na       1.5\nlonger   12');
  });
});

describe('toMarkdown', () => {
  it('keeps a bar in a cell from ending it', () => {
    const table = { title: 'T', head: ['a'], rows: [['x|y']] };
    expect(toMarkdown(table)).toBe('| a |\n| --- |\n| x\\|y |');
  });
});

describe('caseTables', () => {
  it('shows each server with its ratio to the first, median and spread', () => {
    const [table, ...others] = caseTables(result);
    expect(others).toEqual([]);
    expect(table?.title).toBe('A cached answer of 1 KB');
    expect(table?.rows.map((row) => row.slice(0, 3))).toEqual([
      ['Nest handler, no cache', '1', '110 (100 to 120)'],
      ['nestjs-redis-kit, L1 + L2', '1.5 (1.5 to 2)', '165 (150 to 240)'],
    ]);
  });
});

describe('targetTable', () => {
  it('has a row for each target, with its limit, its figure and the verdict', () => {
    const { rows } = targetTable(judge(TARGETS, result));
    expect(rows).toHaveLength(TARGETS.length);
    expect(rows).toContainEqual([
      'interceptor hit from L1, 1 KB',
      '≤ 0.95 ×',
      '1.5 (1.5 to 2)',
      'missed',
    ]);
    expect(rows).toContainEqual([
      'interceptor hit from L1, 10 KB',
      '≤ 0.75 ×',
      '-',
      'not measured',
    ]);
  });
});

describe('markdownReport', () => {
  it('shows targets, charts and the machine', () => {
    const page = markdownReport(result, judge(TARGETS, result));
    expect(page).toContain('![A cached answer of 1 KB](images/performance-hit-1k.svg)');
    expect(page).toContain(
      '| interceptor hit from L1, 1 KB | ≤ 0.95 × | 1.5 (1.5 to 2) | missed |',
    );
    expect(page).toContain('A processor, 2 cores');
    expect(page).not.toContain('rough');
  });

  it('warns when others used the machine', () => {
    const busy = { ...result, machine: { ...result.machine, busyBefore: 0.4 } };
    expect(markdownReport(busy, [])).toContain(
      '40 % busy before the run: **others used the machine',
    );
  });
});

describe('growthTables', () => {
  it('compares each size with the smallest', () => {
    const grown = resultOf([], {
      'growth.tags.100.l1': [3],
      'growth.tags.100.l2': [60],
      'growth.tags.1.l1': [2],
      'growth.tags.1.l2': [40],
    });
    const [table, ...others] = growthTables(grown);
    expect(others).toEqual([]);
    expect(table?.rows).toEqual([
      ['1', '2', '1', '40', '1'],
      ['100', '3', '1.5', '60', '1.5'],
    ]);
    expect(markdownReport(grown, [])).toContain('| 100 | 3 | 1.5 | 60 | 1.5 |');
  });
});

describe('otherFigures', () => {
  it('are those that no target and no other table shows', () => {
    const values = { 'start.import': [50], 'growth.tags.1.l1': [1], 'start.importAlone': [90] };
    expect(otherFigures(resultOf([], values)).rows).toEqual([['start.importAlone', '90']]);
  });
});

describe('profiles', () => {
  it('stand under the case and the server that miss a target', () => {
    const times = { title: 'By package', head: ['package', '%'], rows: [['express', '40.0']] };
    const missed = { ...result, profiles: [{ case: 'hit-1k', server: 'kit-l1', times }] };
    expect(markdownReport(missed, [])).toContain(
      '### A cached answer of 1 KB: nestjs-redis-kit, L1 + L2\n\n| package | % |\n| --- | ---: |\n| express | 40.0 |',
    );
  });
});

describe('charts', () => {
  it('are one per measured case', () => {
    expect([...charts(result).keys()]).toEqual(['performance-hit-1k.svg']);
  });
});

describe('barChart', () => {
  it('gives the longest bar the whole width and the others their part of it', () => {
    const svg = barChart('T', [
      { label: 'a < b', value: 2, text: '2', isOurs: false },
      { label: 'c', value: 1, text: '1', isOurs: true },
    ]);
    const [long, short] = [...svg.matchAll(/width="([\d.]+)" height="18"/g)].map(([, w]) =>
      Number(w),
    );
    expect(long! / short!).toBeCloseTo(2, 2);
    expect(svg).toContain('a &lt; b');
  });
});
