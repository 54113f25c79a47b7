import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageTimes, selfTimes, type CpuProfile } from '../report/profile.js';
import { toTerminal } from '../report/table.js';
import type { Open } from './cells.js';
import { orderFor, warmUp, type Bench } from './rounds.js';

const FOLDER = join(import.meta.dirname, '../../../results');
const SECONDS = 5;

/** A CPU profile per case and server, into `results/`, and where its time goes. */
export async function writeProfiles(
  open: readonly Open[],
  bench: Bench,
  say: (line: string) => void,
): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const { test, server } of open) {
    const file = join(FOLDER, `${test.id}-${server.name}.cpuprofile`);
    const order = await orderFor(test, server, bench.pace);
    await warmUp(test, server, bench);
    await server.profile(file, () => bench.load.run({ ...order, seconds: SECONDS }));
    const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
    say(`\n${file}`);
    for (const times of [packageTimes, selfTimes]) say(`\n${toTerminal(times(profile))}`);
  }
}
