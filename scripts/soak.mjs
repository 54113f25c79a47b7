// `npm run test:soak`: the random tests and the kills for long, every failover, the suites of cache, HTTP and sessions on
// a Cluster, and what is too large for every run. About half an hour; SOAK_MINUTES sets how long each
// history checker runs.
import process from 'node:process';
import { fail, findOrInstall, installPackages, REDIS, run } from './prepare-machine.mjs';

const redis =
  findOrInstall(REDIS) ??
  fail('The tests need redis-server: sudo apt-get install redis-server, or REDIS_SERVER_BIN.');
const minutes = Number(process.env.SOAK_MINUTES ?? 3);
const env = {
  ...process.env,
  REDIS_SERVER_BIN: redis,
  SOAK: '1',
  CACHE_HISTORY_MS: String(minutes * 60_000),
  CACHE_HISTORY_SEED: process.env.CACHE_HISTORY_SEED ?? String(Date.now() % 1_000_000),
  SESSION_HISTORY_MS: String(minutes * 60_000),
  SESSION_HISTORY_SEED: process.env.SESSION_HISTORY_SEED ?? String(Date.now() % 1_000_000),
};
console.log(
  `Seeds of the history checkers: ${env.CACHE_HISTORY_SEED}, ${env.SESSION_HISTORY_SEED} (sessions)`,
);

installPackages();
run('npm', ['run', '--silent', 'build:lib'], { env });
const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--runInBand'];
run(process.execPath, [...jest, '--selectProjects', 'soak'], { env });
run(
  process.execPath,
  [
    ...jest,
    '--selectProjects',
    'e2e',
    '--testPathPatterns',
    'history',
    'write-behind-kill',
    'streams-kill',
    'failover',
  ],
  { env: { ...env, FIGURES: '1' } },
);
run(process.execPath, [...jest, '--selectProjects', 'cluster'], { env });
