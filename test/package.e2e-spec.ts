import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const PACKAGE = join(import.meta.dirname, '../libs/redis');
const { exports, bin } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly default?: string }>>;
  readonly bin: Readonly<Record<string, string>>;
};

/** Node reads, resolves and links each file of an import by itself: 256 of them took twice the time of these. */
const MOST_FILES = 4;

/** What `files` of package.json takes along. */
const PACKED = /^dist\/((\w+(-\w+)*\/)?index|bin\/main|schematics\/nest-add|chunks\/[^/]+)\.js$/;

/** All files of the package that the import of one of them reads. */
function filesBehind(file: string, seen = new Set<string>()): Set<string> {
  const name = relative(PACKAGE, file);
  if (seen.has(name)) return seen;
  seen.add(name);
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?:[^'"]*? from )?'(\.[^']*)';/gm,
  );
  for (const [, path = ''] of imports) filesBehind(join(dirname(file), path), seen);
  return seen;
}

describe('the built package', () => {
  const entries = [
    ...Object.values(exports).map((entry) => entry.default),
    ...Object.values(bin),
    // What the collection of schematics names.
    'dist/schematics/nest-add.js',
  ]
    .filter((file) => file !== undefined)
    .map((file) => [file]);

  it.each(entries)('%s reads few files, each of which is packed', (entry) => {
    const file = join(PACKAGE, entry);
    if (!existsSync(file)) throw new Error(`${entry} is not built. Run npm run build:lib.`);
    const files = [...filesBehind(file)];
    expect(files.length).toBeLessThanOrEqual(MOST_FILES);
    expect(files.filter((name) => !PACKED.test(name))).toEqual([]);
  });
});
