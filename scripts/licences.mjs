// `npm run licences`: the licences of what an application gets with the package, and of what that needs.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

const ALLOWED = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
]);

const found = new Map();
const root = join(import.meta.dirname, '../libs/redis/package.json');
for (const name of Object.keys(read(root).dependencies)) visit(name, root);

const refused = [...found].filter(([, licence]) => !ALLOWED.has(licence));
for (const [name, licence] of [...found].toSorted(([a], [b]) => a.localeCompare(b)))
  console.log(`${name.padEnd(40)} ${licence}`);
console.log(`\n${found.size} packages, ${refused.length} refused`);
for (const [name, licence] of refused)
  console.error(
    `${name} has the licence ${licence}. Replace it, or add the licence to ALLOWED after a look.`,
  );
process.exitCode = refused.length > 0 ? 1 : 0;

function visit(name, from) {
  const file = manifestOf(name, from);
  const { version, license, dependencies = {} } = read(file);
  const id = `${name}@${version}`;
  if (found.has(id)) return;
  found.set(id, typeof license === 'string' ? license : 'unknown');
  for (const inner of Object.keys(dependencies)) visit(inner, file);
}

/** As Node finds it; many packages do not export their package.json. */
function manifestOf(name, from) {
  for (const folder of createRequire(from).resolve.paths(name)) {
    const file = join(folder, name, 'package.json');
    try {
      read(file);
      return file;
    } catch {
      continue;
    }
  }
  throw new Error(`${name}, which ${dirname(from)} needs, is not installed. Run npm ci.`);
}

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
