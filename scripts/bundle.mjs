// Joins the modules of the built package into a few: Node reads, resolves and links each file of an import by
// itself, which is more than half of what the import of this package costs. What several entry points need lies in
// shared chunks, so that a class or a symbol is the same one wherever it is imported from. Typings stay as they are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from '@rollup/wasm-node';
import { root } from './prepare-machine.mjs';

const folder = join(root, 'libs/redis');
const { bin, exports, schematics } = read('package.json');
const collection = Object.values(read(schematics).schematics);
const factories = collection.map(({ factory }) => join('schematics', factory.split('#')[0]));
const files = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)];
const entries = [...files.filter(Boolean), ...factories].map(nameOf);

const bundle = await rollup({
  input: Object.fromEntries(entries.map((name) => [name, join(folder, 'dist', `${name}.js`)])),
  // Packages and Node itself.
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  // Decorators and channels work by being run.
  treeshake: false,
  onwarn: (warning, warn) => {
    // What TypeScript writes for decorators: `this && this.__decorate`.
    if (warning.code !== 'THIS_IS_UNDEFINED') warn(warning);
  },
});
await bundle.write({
  dir: join(folder, 'dist'),
  format: 'es',
  chunkFileNames: 'chunks/[name].js',
  manualChunks: chunkOf,
  hoistTransitiveImports: false,
});
await bundle.close();

/** `base`: what the command line needs too, which has no use for the rest. `core`: all else of the main entry point. */
function chunkOf(id, { getModuleInfo }) {
  if (getModuleInfo(id).isEntry) return undefined;
  if (behind('bin/main', getModuleInfo).has(id)) return 'base';
  return behind('index', getModuleInfo).has(id) ? 'core' : undefined;
}

/** The modules that an entry point imports, itself or through others. */
function behind(entry, getModuleInfo) {
  const seen = new Set([join(folder, 'dist', `${entry}.js`)]);
  for (const id of seen) for (const next of getModuleInfo(id).importedIds) seen.add(next);
  return seen;
}

function nameOf(file) {
  return file.replace(/^(\.\/)?dist\/|\.js$/g, '');
}

function read(file) {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}
