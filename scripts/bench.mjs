// `npm run bench`: the benchmark against its peers, whose packages are installed in apps/bench alone.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fail, findOrInstall, installPackages, REDIS, root, run } from './prepare-machine.mjs';

const app = join(root, 'apps/bench');
const redis =
  findOrInstall(REDIS) ??
  fail('The benchmark needs redis-server: sudo apt-get install redis-server, or REDIS_SERVER_BIN.');

installPackages();
installPeers();
run('npm', ['run', '--silent', 'build:lib']);
run('npx', ['tsc', '-p', 'apps/bench']);
const env = { ...process.env, REDIS_SERVER_BIN: redis };
run(process.execPath, ['apps/bench/dist/src/main.js', ...process.argv.slice(2)], { env });

function installPeers() {
  if (versionsIn('node_modules/.package-lock.json') === versionsIn('package-lock.json')) return;
  console.log('Installing the peers …');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: app });
}

function versionsIn(file) {
  const path = join(app, file);
  if (!existsSync(path)) return undefined;
  const { packages } = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries(packages)
    .filter(([name, entry]) => name !== '' && !entry.optional)
    .map(([name, entry]) => `${name}@${entry.version}`)
    .toSorted()
    .join('\n');
}
