// Brings a fresh machine to where the project runs: npm packages, and system packages by name. Silent
// where everything is there. Plain Node, since it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

export const root = join(import.meta.dirname, '..');

/** Programs of which one must be on PATH, the Debian package that brings the first, and how to name it. */
export const REDIS = {
  programs: ['redis-server', 'valkey-server'],
  variable: 'REDIS_SERVER_BIN',
  packages: ['redis-server'],
};
export const CHROMIUM = {
  programs: ['chromium', 'chromium-browser', 'google-chrome'],
  variable: 'CHROMIUM_BIN',
  packages: ['chromium'],
};
/** Makes the certificates of tests over TLS. */
export const OPENSSL = { programs: ['openssl'], variable: 'OPENSSL_BIN', packages: ['openssl'] };

/** Runs a command with its output shown; ends this process with its code when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Installs the npm packages when they are missing or not those of the lockfile. */
export function installPackages() {
  checkNode();
  if (lockOf('node_modules/.package-lock.json') === lockOf('package-lock.json')) return;
  console.log('Installing npm packages …');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (!isSupported)
    fail(
      `Node ${process.versions.node} is too old; this project needs 20.19, 22.12 or 24 and later.`,
    );
}

/** The packages of a lockfile, without the root entries that only one of the two files has. */
function lockOf(file) {
  const path = join(root, file);
  if (!existsSync(path)) return undefined;
  const { packages } = JSON.parse(readFileSync(path, 'utf8'));
  const versions = Object.entries(packages)
    .filter(([name, entry]) => name.startsWith('node_modules/') && !entry.optional && !entry.link)
    .map(([name, entry]) => `${name}@${entry.version}`);
  return versions.toSorted().join('\n');
}

/** @returns the path of the program, installing its package by apt-get where that is possible; else undefined */
export function findOrInstall({ programs, variable, packages }) {
  const found = () => process.env[variable] ?? programs.map(onPath).find(Boolean);
  return found() ?? (aptInstall(packages) ? found() : undefined);
}

export function onPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** As root, or by sudo where that asks for no password. */
function aptInstall(packages) {
  if (!onPath('apt-get')) return false;
  const isRoot = process.getuid?.() === 0;
  const mayUseSudo =
    !isRoot &&
    onPath('sudo') &&
    spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  if (!isRoot && !mayUseSudo) return false;
  console.log(`Installing ${packages.join(', ')} by apt-get …`);
  const apt = (...args) => {
    const [command, ...rest] = isRoot ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  };
  return (
    apt('update', '-qq') && apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
  );
}
