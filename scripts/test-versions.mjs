// `npm run test:versions`: the end-to-end tests that speak to Redis, against the servers of other Debian releases. Names
// of some servers may follow (`npm run test:versions -- valkey@forky`); VERSION_TESTS is a pattern of other test files.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fetchServer } from './debian-servers.mjs';
import { fail, installPackages, onPath, root, run } from './prepare-machine.mjs';

const REDIS = 'redis-server';
const VALKEY = 'valkey-server';
/** Debian has no Redis 6.2. The one before it is for the check at start, which has to name it. */
const SERVERS = {
  'redis@bullseye': { program: REDIS, release: 'bullseye', isTooOld: true },
  'redis@bookworm': { program: REDIS, release: 'bookworm' },
  'redis@trixie': { program: REDIS, release: 'trixie' },
  'redis@forky': { program: REDIS, release: 'forky' },
  'valkey@trixie': { program: VALKEY, release: 'trixie' },
  'valkey@forky': { program: VALKEY, release: 'forky' },
};
const TESTS =
  process.env.VERSION_TESTS ?? 'test/(cache|http|session|connection|structures|failover|access)/';
const LIMIT_MS = 20 * 60_000;

for (const program of ['apt-get', 'apt-cache', 'dpkg'])
  if (!onPath(program)) fail(`The servers come from Debian packages, and there is no ${program}.`);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in SERVERS));
if (unknown.length > 0)
  fail(`No server ${unknown.join(', ')}; there are ${Object.keys(SERVERS).join(', ')}.`);

installPackages();
run('npm', ['run', '--silent', 'build:lib']);
const results = mkdtempSync(join(tmpdir(), 'nestjs-redis-kit-versions-'));
const totals = Object.entries(SERVERS)
  .filter(([name]) => asked.length === 0 || asked.includes(name))
  .map(([name, server]) => testServer(name, server));
rmSync(results, { recursive: true, force: true });

console.log('');
for (const { name, version, passed, failed, skipped } of totals)
  console.log(
    `${name.padEnd(14)} ${version.padEnd(14)} ${passed} passed, ${failed} failed, ${skipped} skipped`,
  );
process.exit(totals.some(({ failed }) => failed > 0) ? 1 : 0);

function testServer(name, server) {
  const program = fetchServer(server, join(root, 'node_modules/.cache/redis-versions'));
  const version = versionOf(program);
  console.log(`\n${name}: ${version}`);
  const file = join(results, `${name}.json`);
  const tests = server.isTooOld ? ['versions'] : ['e2e', '--testPathPatterns', TESTS];
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--json'];
  const { status } = spawnSync(
    process.execPath,
    [...jest, `--outputFile=${file}`, '--selectProjects', ...tests],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: LIMIT_MS,
      env: { ...process.env, REDIS_SERVER_BIN: program },
    },
  );
  return { name, version, ...read(file, status) };
}

/** `Valkey 8.1.1` of its own words. */
function versionOf(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const [, kind, version] =
    /^(\w+) server v=(\S+)/.exec(stdout ?? '') ?? fail(`${program} does not run.`);
  return `${kind} ${version}`;
}

/** A run without a result, or that ends badly without a failed test, counts as one failure. */
function read(file, status) {
  let result = {};
  try {
    result = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`No result of the runner: ${error.message}`);
  }
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = result;
  const isBad = status !== 0 || numPassedTests === 0;
  return {
    passed: numPassedTests,
    failed: numFailedTests === 0 && isBad ? 1 : numFailedTests,
    skipped: numPendingTests,
  };
}
