// Joins the modules of the built package into a few: Node reads, resolves and links each file of an import by
// itself, which is more than half of what the import of this package costs. What several entry points need lies in
// shared chunks, so that a class or a symbol is the same one wherever it is imported from. Typings stay as they are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rollup } from '@rollup/wasm-node';
import { root } from './prepare-machine.mjs';

const folder = join(root, 'libs/redis');
const { bin, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const files = [...Object.values(exports).map((entry) => entry.default), ...Object.values(bin)];
const entries = files.filter(Boolean).map((file) => file.replace(/^(\.\/)?dist\/|\.js$/g, ''));

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
  hoistTransitiveImports: false,
});
await bundle.close();
