import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageTimes, selfTimes, type CpuProfile } from '../report/profile.js';
import { toTerminal } from '../report/table.js';
import { judge } from '../report/verdict.js';
import type { Cell, CellProfile } from '../result.js';
import { TARGETS } from '../targets.js';
import type { Open } from './cells.js';
import type { Bench } from './rounds.js';

const FOLDER = join(import.meta.dirname, '../../../results');
const SECONDS = 5;

/** A CPU profile of each server of a case, into `results/`, and where its time goes. The servers are warm. */
export async function writeProfiles(
  open: readonly Open[],
  bench: Bench,
  say: (line: string) => void,
): Promise<void> {
  for (const one of open) {
    const { file, profile } = await profileOf(one, bench);
    say(`\n${file}`);
    for (const times of [packageTimes, selfTimes]) say(`\n${toTerminal(times(profile))}`);
  }
}

/** What misses its target in CPU is shown with where its time goes. The servers are warm. */
export async function profileMissed(
  open: readonly Open[],
  cells: readonly Cell[],
  bench: Bench,
): Promise<CellProfile[]> {
  const missed = judge(TARGETS, { cells, values: {} }).flatMap(({ kind, target: { figure } }) =>
    kind === 'missed' && figure.kind === 'cpu-ratio' ? [figure] : [],
  );
  const profiles: CellProfile[] = [];
  for (const one of open) {
    const [test, server] = [one.test.id, one.server.name];
    if (!missed.some((figure) => figure.case === test && figure.server === server)) continue;
    const { profile } = await profileOf(one, bench);
    profiles.push({ case: test, server, times: packageTimes(profile) });
  }
  return profiles;
}

async function profileOf(
  { test, server, order }: Open,
  { load }: Bench,
): Promise<{ readonly file: string; readonly profile: CpuProfile }> {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${test.id}-${server.name}.cpuprofile`);
  await server.profile(file, () => load.run({ ...order, seconds: SECONDS }));
  return { file, profile: JSON.parse(await readFile(file, 'utf8')) as CpuProfile };
}
