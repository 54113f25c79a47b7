import { CASES } from '../cases.js';
import type { BenchResult } from '../result.js';
import { titleOf } from '../servers.js';
import { barChart, type Bar } from './bar-chart.js';
import { number } from './format.js';
import { growthTables } from './growth-tables.js';
import { caseTables, otherFigures, targetTable } from './result-tables.js';
import { toMarkdown } from './table.js';
import { cpuRatio, type Verdict } from './verdict.js';

const IMPORTS =
  'The target of the import is for a process that has loaded its peers. `start.importInNest` is for one that has Nest alone, so that ioredis and express-session come with it; `start.importAlone` is for one that has loaded nothing, and is mostly Nest.';

/** A chart per case that was measured, by its file name. */
export function charts(result: BenchResult): Map<string, string> {
  const files = new Map<string, string>();
  for (const test of CASES) {
    const [baseline = ''] = test.servers;
    const bars = test.servers.flatMap((server): Bar[] => {
      const ratio = cpuRatio(result, { case: test.id, server, to: baseline });
      if (!ratio) return [];
      const text = `${number(ratio.median)} ×`;
      return [
        { label: titleOf(server), value: ratio.median, text, isOurs: server.startsWith('kit') },
      ];
    });
    const title = `${test.title}: CPU per request against "${titleOf(baseline)}"`;
    if (bars.length > 0) files.set(chartName(test.id), barChart(title, bars));
  }
  return files;
}

function chartName(id: string): string {
  return `performance-${id}.svg`;
}

/** The page `docs/performance.md`. */
export function markdownReport(result: BenchResult, verdicts: readonly Verdict[]): string {
  const drawn = charts(result);
  const growth = growthTables(result);
  const others = otherFigures(result);
  return [
    '# Performance',
    `Written by \`npm run bench\`; do not edit. ${method(result)}`,
    `## Targets\n\n${toMarkdown(targetTable(verdicts))}`,
    ...caseTables(result).map((table) => {
      const test = CASES.find(({ title }) => title === table.title);
      const chart = test && chartName(test.id);
      const image = chart && drawn.has(chart) ? `![${table.title}](images/${chart})\n\n` : '';
      return `## ${table.title}\n\n${image}${toMarkdown(table)}`;
    }),
    ...growth.map((table) => `## ${table.title}\n\n${toMarkdown(table)}\n\n${table.reason}`),
    ...(others.rows.length > 0
      ? [`## ${others.title}\n\n${toMarkdown(others)}\n\n${IMPORTS}`]
      : []),
    ...(result.profiles.length > 0 ? [profiles(result)] : []),
    ...(result.failures.length > 0 ? [`## Left out\n\n${listOf(result.failures)}`] : []),
    `## Machine\n\n${machine(result)}`,
    '',
  ].join('\n\n');
}

/** Where the time goes of what misses its target. */
function profiles({ profiles: all }: BenchResult): string {
  return [
    '## Profiles of what misses its target',
    'Parts of the busy time of the process, by package, without what each called.',
    ...all.map(({ case: test, server, times }) => {
      const title = CASES.find(({ id }) => id === test)?.title ?? test;
      return `### ${title}: ${titleOf(server)}\n\n${toMarkdown(times)}`;
    }),
  ].join('\n\n');
}

function listOf(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function method({ rounds, pace, isQuick }: BenchResult): string {
  return [
    'Each server is a process of its own, pinned to one core where the system can do that; the load',
    `(autocannon, ${pace.connections} connections, each sends when it has its answer) and Redis run on the others.`,
    'The servers of a case are started for it, checked, and warmed up by',
    `${pace.firstRequests.toLocaleString('en')} requests or ${pace.firstSeconds} s of them. Then they take turns: A B C, A B C, ${rounds} rounds of ${pace.seconds} s`,
    `each, and ${pace.openRounds} rounds at a fixed rate. A figure is the median over the rounds, with the least and the`,
    'greatest in parentheses. CPU is user and system time of the server process. Only the ratios count: each is taken within a round.',
    'Redis commands are counted by MONITOR over 20 requests, one after another.',
    ...(isQuick ? ['**A quick run: for a look, not for a claim.**'] : []),
  ].join('\n');
}

function machine({ machine: it, startedAt }: BenchResult): string {
  return [
    `- ${it.cpu}, ${it.cores} cores, ${it.system}`,
    `- Node ${it.node}, Redis ${it.redis}, ${startedAt.slice(0, 10)}`,
    `- ${it.isPinned ? 'pinned by taskset' : 'not pinned: there is no taskset or only one core'}`,
    `- ${busy(it.busyBefore)}`,
  ].join('\n');
}

/** How far the figures can be trusted, in words. */
export function busy(share: number): string {
  const percent = `${number(share * 100)} % busy before the run`;
  return share > 0.1 ? `${percent}: **others used the machine, the figures are rough**` : percent;
}
