import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { BenchResult } from '../result.js';
import { TARGETS } from '../targets.js';
import { growthTables } from './growth-tables.js';
import { busy, charts, markdownReport } from './markdown-report.js';
import { caseTables, otherFigures, targetTable } from './result-tables.js';
import { toTerminal } from './table.js';
import { judge } from './verdict.js';

const APP = join(import.meta.dirname, '../../..');
const DOCS = join(APP, '../../docs');

/** The text for the terminal. */
export function terminalReport(result: BenchResult): string {
  const others = otherFigures(result);
  return [
    ...[...caseTables(result), ...growthTables(result)].map(toTerminal),
    ...(others.rows.length > 0 ? [toTerminal(others)] : []),
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
