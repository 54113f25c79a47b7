import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { BenchResult } from '../result.js';
import { TARGETS } from '../targets.js';
import { number } from './format.js';
import { busy, charts, markdownReport } from './markdown-report.js';
import { caseTables, targetTable } from './result-tables.js';
import { summarize } from './statistics.js';
import { toTerminal } from './table.js';
import { judge } from './verdict.js';

const APP = join(import.meta.dirname, '../../..');
const DOCS = join(APP, '../../docs');

/** The text for the terminal. */
export function terminalReport(result: BenchResult): string {
  const values = Object.entries(result.values).map(
    ([name, rounds]) => `${name.padEnd(20)}  ${number(summarize(rounds).median)}`,
  );
  return [
    ...caseTables(result).map(toTerminal),
    ...(values.length > 0 ? [['Others, by name', ...values].join('\n')] : []),
    ...(result.failures.length > 0 ? [['Left out', ...result.failures].join('\n')] : []),
    toTerminal(targetTable(judge(TARGETS, result))),
    `Machine: ${busy(result.machine.busyBefore).replaceAll('**', '')}.`,
  ].join('\n\n');
}

/** @returns the path of the file */
export async function writeResult(result: BenchResult): Promise<string> {
  const folder = join(APP, 'results');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'latest.json');
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return file;
}

/** Writes `docs/performance.md` and its charts. */
export async function writeDocs(result: BenchResult): Promise<void> {
  const page = markdownReport(result, judge(TARGETS, result));
  await writeFile(join(DOCS, 'performance.md'), await format(page, { parser: 'markdown' }));
  for (const [name, svg] of charts(result)) await writeFile(join(DOCS, 'images', name), svg);
}
