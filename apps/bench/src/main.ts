import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { run } from './measure/run.js';
import { endAll } from './measure/spawned.js';
import { readOptions } from './options.js';
import { terminalReport, writeDocs, writeResult } from './report/write-report.js';
import type { BenchResult } from './result.js';

/** Longest run, in milliseconds. Whatever hangs, nothing stays behind. */
const LIMIT_MS = 60 * 60_000;

process.once('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
setTimeout(() => {
  console.error('The benchmark has taken more than an hour and gives up.');
  process.exit(1);
}, LIMIT_MS).unref();

try {
  const options = readOptions(process.argv.slice(2));
  const result =
    options.from === undefined
      ? await run(options, (line) => console.log(line))
      : (JSON.parse(await readFile(options.from, 'utf8')) as BenchResult);
  if (!options.isProfile) console.log(`\n${terminalReport(result)}\n`);
  if (options.from === undefined && !options.isProfile)
    console.log(`Results: ${await writeResult(result)}`);
  if (options.writesDocs && !options.isProfile) await writeDocs(result);
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
}
process.exit();
