// `npm run test:soak`: the random tests and the kills for long, every failover, an application that must not grow, fault
// after fault, the suites of cache, HTTP and sessions on a Cluster, and what is too large for every run. About 45
// minutes. SOAK_MINUTES (default 3) sets how long each long part runs: the two history checkers, `growth`, and
// `failovers` with Sentinel and with a Cluster; SOAK_GROWTH_MINUTES and SOAK_FAILOVER_MINUTES set theirs alone.
// `npm run test:soak -- growth` runs the suites alone whose name has that in it, `-- cluster` those on a Cluster.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fail, findOrInstall, installPackages, REDIS, root, run } from './prepare-machine.mjs';

const SUFFIX = '.soak-spec.ts';
/** Suites of every run that the soak makes longer. */
const LONGER = ['history', 'write-behind-kill', 'streams-kill', 'failover'];
/** Suites of the soak alone. */
const LARGE = readdirSync(join(root, 'test/soak'))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));

const redis =
  findOrInstall(REDIS) ??
  fail('The tests need redis-server: sudo apt-get install redis-server, or REDIS_SERVER_BIN.');
const minutes = process.env.SOAK_MINUTES ?? '3';
if (!(Number(minutes) > 0))
  fail(`SOAK_MINUTES is ${JSON.stringify(minutes)}: give a number above 0, such as 30.`);
const milliseconds = String(Number(minutes) * 60_000);
const seed = String(Date.now() % 1_000_000);
const env = {
  SOAK_GROWTH_MINUTES: minutes,
  SOAK_FAILOVER_MINUTES: minutes,
  CACHE_HISTORY_SEED: seed,
  SESSION_HISTORY_SEED: seed,
  FAILOVER_SEED: seed,
  ...process.env,
  REDIS_SERVER_BIN: redis,
  SOAK: '1',
  CACHE_HISTORY_MS: milliseconds,
  SESSION_HISTORY_MS: milliseconds,
};
console.log(
  `Seeds: ${env.CACHE_HISTORY_SEED} (history of the cache), ${env.SESSION_HISTORY_SEED} (of sessions), ${env.FAILOVER_SEED} (failovers)`,
);

const wanted = process.argv.slice(2);
const isWanted = (suite) => wanted.length === 0 || wanted.some((part) => suite.includes(part));
const [large, longer] = [LARGE, LONGER].map((suites) => suites.filter(isWanted));
const onCluster = isWanted('cluster');
if (large.length + longer.length === 0 && !onCluster)
  fail(
    `No part of the soak is called ${wanted.join(', ')}. There are: ${[...LARGE, ...LONGER, 'cluster'].join(', ')}.`,
  );

installPackages();
run('npm', ['run', '--silent', 'build:lib'], { env });
if (large.length > 0) jest('soak', large.map(inFile), {});
if (longer.length > 0) jest('e2e', longer, { FIGURES: '1' });
if (onCluster) jest('cluster', [], {});

function inFile(suite) {
  return `/${suite}\\.soak-spec`;
}

/** Runs the suites of a project whose path matches one of the patterns; all where there are none. */
function jest(project, patterns, more) {
  const program = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--runInBand'];
  const chosen = patterns.length > 0 ? ['--testPathPatterns', ...patterns] : [];
  run(process.execPath, [...program, '--selectProjects', project, ...chosen], {
    env: { ...env, ...more },
  });
}
