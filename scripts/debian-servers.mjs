// Servers of other Debian releases beside the machine's own: fetched by apt-get into folders of their own, unpacked and
// run with the libraries of their release. Nothing is installed, and the package lists of the machine stay as they are.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const APT_LIMIT_MS = 180_000;
/** `ld-linux` leads out of the folder in releases before 12, and nowhere then. */
const LOADER = /\/ld-(linux[^/]*\.so\.\d|2\.\d+\.so)$/;
/** `redis-server` is a link to a program of `redis-tools`. */
const NEEDED = /^(lib|lua-|zlib1g|(redis|valkey)-tools)/;

/**
 * @param server such as `{ release: 'trixie', program: 'valkey-server' }`
 * @param folder where packages and programs are kept from run to run
 * @returns a program that starts the server, for REDIS_SERVER_BIN
 */
export function fetchServer({ release, program }, folder) {
  const apt = aptOf(release, join(folder, release));
  const root = join(folder, release, program);
  if (!existsSync(root)) unpack(apt, withLibraries(apt, program), root);
  return wrapperOf(root, program);
}

/** apt-get and apt-cache that know one release alone, in `folder`. */
function aptOf(release, folder) {
  const at = (...names) => join(folder, ...names);
  for (const made of ['state/lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(at(made), { recursive: true });
  writeFileSync(at('status'), '');
  writeFileSync(at('sources.list'), `deb [signed-by=${KEYRING}] ${mirror()} ${release} main\n`);
  const options = {
    'Dir::State': at('state'),
    'Dir::State::status': at('status'),
    'Dir::Cache': at('cache'),
    'Dir::Etc::sourcelist': at('sources.list'),
    'Dir::Etc::sourceparts': at('parts'),
    'Dir::Etc::preferencesparts': at('parts'),
    // The user that apt-get turns to may not write here.
    'APT::Sandbox::User': 'root',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = (program, args, cwd = folder) => output(program, ['-q', ...flags, ...args], cwd);
  apt('apt-get', ['update']);
  return apt;
}

/** Where this machine has its Debian packages from. */
function mirror() {
  const targets = output('apt-get', ['indextargets', '--format', '$(LABEL) $(REPO_URI)']);
  const line = targets.split('\n').find((one) => one.startsWith('Debian '));
  if (!line) throw new Error('The sources of apt-get name no Debian release; run apt-get update.');
  return line.split(' ')[1];
}

/** A package and the libraries that it needs, down to libc. */
function withLibraries(apt, name) {
  const known = new Map();
  let one = '';
  for (const line of apt('apt-cache', ['depends', '--recurse', '--important', name]).split('\n')) {
    const [, found] = /^ +\|?(?:Pre)?Depends: (\S+)$/.exec(line) ?? [];
    if (/^\S/.test(line)) one = line;
    else if (NEEDED.test(found ?? '')) known.set(one, [...(known.get(one) ?? []), found]);
  }
  const names = new Set([name]);
  for (const next of names) for (const found of known.get(next) ?? []) names.add(found);
  return [...names];
}

function unpack(apt, names, root) {
  const archives = `${root}.debs`;
  mkdirSync(archives, { recursive: true });
  apt('apt-get', ['download', ...names], archives);
  const files = readdirSync(archives).filter((file) => file.endsWith('.deb'));
  for (const file of files) output('dpkg', ['-x', join(archives, file), root]);
}

/** A newer program does not run with an older libc, so each runs with the loader and libraries of its release. */
function wrapperOf(root, program) {
  const libraries = ['lib', 'usr/lib']
    .map((folder) => join(root, folder))
    .flatMap((folder) => [folder, ...foldersIn(folder)]);
  const loader = [join(root, 'lib64'), join(root, 'usr/lib64'), ...libraries]
    .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)))
    .find((file) => LOADER.test(file) && existsSync(file));
  if (!loader)
    throw new Error(`No loader of programs in ${root}; remove the folder and try again.`);
  const file = join(root, 'start');
  const line = `exec '${loader}' --library-path '${libraries.join(':')}' '${join(root, 'usr/bin', program)}' "$@"`;
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
  return file;
}

function foldersIn(folder) {
  return namesIn(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
}

function namesIn(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function output(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: APT_LIMIT_MS,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
