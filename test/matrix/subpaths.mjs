// Every subpath of the package: by import and by require(), on each Node, and for the compiler.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './workshop.mjs';

/** Subpaths that need a package which an application may lack. */
export const OPTIONAL = { 'nestjs-redis-kit/health': '@nestjs/terminus' };

/** As `exports` of the installed package has them. */
export function subpathsOf(folder) {
  const file = join(folder, 'node_modules/nestjs-redis-kit/package.json');
  const { name, exports } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1));
}

/** @throws Error with what Node says, when one cannot be loaded or exports nothing */
export function loadAll(folder, node, subpaths) {
  const list = JSON.stringify(subpaths);
  const test = (load) =>
    `for (const path of ${list}) if (Object.keys(${load}).length === 0) throw new Error(path + ' exports nothing');`;
  run(
    node,
    ['--input-type=module', '-e', `import 'reflect-metadata'; ${test('await import(path)')}`],
    folder,
  );
  run(
    node,
    ['--input-type=commonjs', '-e', `require('reflect-metadata'); ${test('require(path)')}`],
    folder,
  );
}

/** Writes a module that takes the types of all of them, for the compiler. */
export function writeUses(folder, subpaths) {
  const lines = subpaths.map((path, index) => `export * as part${index} from '${path}';`);
  writeFileSync(join(folder, 'subpaths.ts'), lines.join('\n'));
  return 'subpaths.ts';
}
