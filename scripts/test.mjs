// `npm test`: every check and every test, from a fresh clone. Each step runs even if one before it
// failed, so that one run shows all there is; the last line adds them up.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import {
  CHROMIUM,
  fail,
  findOrInstall,
  installPackages,
  OPENSSL,
  REDIS,
  root,
  run,
} from './prepare-machine.mjs';

const redis =
  findOrInstall(REDIS) ??
  fail('The tests need redis-server: sudo apt-get install redis-server, or REDIS_SERVER_BIN.');
const chromium =
  findOrInstall(CHROMIUM) ??
  fail('The browser tests need Chromium: sudo apt-get install chromium, or CHROMIUM_BIN.');
const openssl =
  findOrInstall(OPENSSL) ??
  fail('The tests over TLS need openssl: sudo apt-get install openssl, or OPENSSL_BIN.');
const env = {
  ...process.env,
  REDIS_SERVER_BIN: redis,
  CHROMIUM_BIN: chromium,
  OPENSSL_BIN: openssl,
};

installPackages();
run('npm', ['run', '--silent', 'build'], { env });

/** Suites that every run shows on a Cluster too; `npm run test:cluster` and the soak show them all. */
const ON_CLUSTER = [
  'cache/(named-caches|source|values|freshness|invalidation)',
  'http/(invalidation|cache-interceptor|collapsing|fast-lane-safety)',
  'http/rfc/9111-3',
  'session/(session-races|session-limit|session-storage|session-service|user-sessions.e2e)',
];
const results = mkdtempSync(join(tmpdir(), 'nestjs-redis-kit-test-'));
const totals = [
  check('format', ['npm', 'run', '--silent', 'format']),
  check('lint', ['npm', 'run', '--silent', 'lint']),
  check('types', ['npm', 'run', '--silent', 'types']),
  check('comments', [process.execPath, 'scripts/docs-api.mjs', '--check']),
  jest('unit'),
  jest('e2e'),
  jest('cluster', ['--testPathPatterns', ...ON_CLUSTER]),
  jest('browser'),
];
rmSync(results, { recursive: true, force: true });

console.log('');
for (const { name, passed, failed, skipped } of totals) {
  console.log(
    `${name.padEnd(8)} ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
}
const sum = (key) => totals.reduce((total, result) => total + result[key], 0);
console.log(
  `\n${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`,
);
process.exit(sum('failed') > 0 ? 1 : 0);

/** One check counts as one test. */
function check(name, [command, ...args]) {
  console.log(`\n${name}`);
  const isGreen = spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status === 0;
  return { name, passed: isGreen ? 1 : 0, failed: isGreen ? 0 : 1, skipped: 0 };
}

/** A runner that ends badly without a failed test (a crash, an open handle, no tests at all) counts as one failure. */
function jest(project, options = []) {
  console.log(`\n${project}`);
  const file = join(results, `${project}.json`);
  const { status } = spawnSync(
    'npm',
    ['run', '--silent', `test:${project}`, '--', '--json', `--outputFile=${file}`, ...options],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    },
  );
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = read(file);
  const failed =
    numFailedTests === 0 && (status !== 0 || numPassedTests === 0) ? 1 : numFailedTests;
  return { name: project, passed: numPassedTests, failed, skipped: numPendingTests };
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`No result of the runner: ${error.message}`);
    return {};
  }
}
